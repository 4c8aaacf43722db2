import { describe } from 'vitest'
import { createMemoryStock } from '../../src/store/offline/memory-stock.ts'
import { stockSuite } from './stock-page.ts'

const books = createMemoryStock({ pause: () => new Promise(resolve => setTimeout(resolve)) })

describe('stock in memory', () => {
  stockSuite(() => ({
    books,
    stock: async (tenantId, storeId, productId, quantity) => books.stock(tenantId, storeId, productId, quantity),
    level: async (tenantId, storeId, productId) => {
      const known = books.content(tenantId).levels.get(`${storeId} ${productId}`)
      return { onHand: known?.onHand ?? 0n, reserved: known?.reserved ?? 0n }
    },
    incidents: async (tenantId, orderId) =>
      [...books.content(tenantId).incidents.values()]
        .filter(incident => incident.orderId === orderId)
        .map(({ productId, quantity, short }) => ({ productId, quantity, short })),
    told: async tenantId => [...books.content(tenantId).outbox.values()].map(({ name }) => name),
  }))
})
