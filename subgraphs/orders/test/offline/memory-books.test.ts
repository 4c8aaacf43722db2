import { describe } from 'vitest'
import { createMemoryBooks } from '../../src/store/offline/memory-books.ts'
import { booksSuite } from './books.ts'

const books = createMemoryBooks({ pause: () => new Promise(resolve => setTimeout(resolve)) })

describe('books in memory', () => {
  booksSuite(() => ({
    books,
    async giveBlock({ tenantId, storeId, registerId }, first, last) {
      const { blocks, counters } = books.content(tenantId)
      blocks.set(`${first}`, { storeId, registerId, first, last })
      counters.set(storeId, last + 1n)
    },
    numbers: async tenantId =>
      [...books.content(tenantId).orders.values()].map(({ order }) => order.number).sort((a, b) => Number(a - b)),
    told: async (tenantId, name) =>
      [...books.content(tenantId).outbox.values()].filter(event => event.name === name).length,
    openAlarms: async tenantId =>
      [...books.content(tenantId).alarms.values()]
        .filter(({ closedAt }) => closedAt === null)
        .map(({ kind, sequence }) => `${kind} ${sequence}`),
    trail: async tenantId => [...books.content(tenantId).audit.values()].map(({ action }) => action).sort(),
  }))
})
