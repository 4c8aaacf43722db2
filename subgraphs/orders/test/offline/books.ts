import { steppedClock } from '@tillgraph/kit/clock'
import { makeId } from '@tillgraph/kit/ids'
import { isSignedBy } from '@tillgraph/kit/offline/signed-text'
import type { OfflinePolicy } from '@tillgraph/rules/offline/policy'
import { expect, test } from 'vitest'
import { admitRecord } from '../../src/usecases/offline/admit-record.ts'
import { type Decision, decideRecord } from '../../src/usecases/offline/decide-record.ts'
import type { OfflineBooks, Till, TillPage } from '../../src/usecases/offline/offline-books.ts'
import type { HandIn, OfflineWorld } from '../../src/usecases/offline/offline-world.ts'
import { approve, createTills, GENEROUS, log, nextRecord, type TestTill } from './kit/tills.ts'

/** Books as a test sees them. */
export interface BooksUnderTest {
  readonly books: OfflineBooks
  giveBlock(till: Till, first: bigint, last: bigint): Promise<void>
  /** Numbers of the orders of a business, in ascending order. */
  numbers(tenantId: string): Promise<bigint[]>
  /** How many events of a name were told in a business. */
  told(tenantId: string, name: string): Promise<number>
  openAlarms(tenantId: string): Promise<string[]>
  /** What was decided in a business, in the order of the alphabet. */
  trail(tenantId: string): Promise<string[]>
}

const NOW = new Date('2026-03-02T12:00:00.000Z')
const TAKEN = new Date('2026-03-02T09:00:00.000Z')

/** What every kind of books must do, Postgres or memory: the use cases run on each. */
export function booksSuite(start: () => BooksUnderTest): void {
  async function cutOff(firstNumber = 1n) {
    const under = start()
    const shop = { tenantId: makeId(), storeId: makeId(), registerId: makeId(), userId: makeId(), token: '' }
    const tills = createTills()
    const till = await tills.till(shop, firstNumber)
    const place = { tenantId: shop.tenantId, storeId: shop.storeId, registerId: shop.registerId }
    await under.giveBlock(place, 1n, 100n)
    const manager = await tills.manager(shop)
    const policy: OfflinePolicy = { ...GENEROUS, tenantId: shop.tenantId, storeId: shop.storeId }
    const worldOn = (books: OfflineBooks): OfflineWorld => ({
      books,
      clock: steppedClock(NOW),
      makeId,
      isSignedBy,
      store: async () => ({ currency: 'EUR', timeZone: 'Europe/Berlin', dayEndMinutes: 0 }),
      policy: async () => policy,
      approvalKey: async (_, id) =>
        id === manager.key.kid
          ? {
              id,
              tenantId: shop.tenantId,
              managerId: manager.managerId,
              publicKey: manager.key.publicKey,
              revokedAt: null,
            }
          : undefined,
      roles: async (_, userId) => (userId === manager.managerId ? ['MANAGER'] : ['CASHIER']),
    })
    const handIn: HandIn = {
      till: place,
      keys: new Map([[till.key.kid, { id: till.key.kid, publicKey: till.key.publicKey, ...place, revokedAt: null }]]),
      ...{ sentAt: null, receivedAt: NOW, by: null },
    }
    const decide = (line: string, books = under.books): Promise<Decision> => decideRecord(worldOn(books), handIn, line)
    const admit = (hash: string) =>
      admitRecord(worldOn(under.books), handIn, { hash, by: manager.managerId, reason: 'It was sold' })
    const line = (given: object = {}) => log(till, nextRecord(till, TAKEN, { productId: makeId(), ...given }))
    return { ...under, shop, till, manager, decide, admit, line }
  }

  const outcomeOf = (decision: Decision) =>
    decision.kind === 'LATER' ? 'LATER' : `${decision.kind} ${decision.record.code ?? decision.record.outcome}`

  test('a record is decided on once: whoever hands it in again gets the verdict that there is', async () => {
    const { shop, decide, line, numbers, told } = await cutOff()
    const record = await line()
    expect(outcomeOf(await decide(record))).toBe('NEW ACCEPTED')
    expect(outcomeOf(await decide(record))).toBe('KNOWN ACCEPTED')
    expect(await numbers(shop.tenantId)).toEqual([1n])
    expect(await told(shop.tenantId, 'orders.offline_sale.accepted.v1')).toBe(1)
  })

  test('records of one till at once, in any order, each three times: each has one effect', async () => {
    const { shop, decide, line, numbers, told, openAlarms } = await cutOff()
    const lines: string[] = []
    for (let made = 0; made < 12; made++) lines.push(await line())
    const thrice = [...lines, ...lines, ...lines].map((value, index) => ({ value, key: (index * 7919) % 36 }))
    thrice.sort((a, b) => a.key - b.key)
    const outcomes = (await Promise.all(thrice.map(({ value }) => decide(value)))).map(outcomeOf)
    expect(outcomes.filter(outcome => outcome === 'NEW ACCEPTED')).toHaveLength(12)
    expect(outcomes.filter(outcome => outcome === 'KNOWN ACCEPTED')).toHaveLength(24)
    expect(await numbers(shop.tenantId)).toEqual(Array.from({ length: 12 }, (_, index) => BigInt(index + 1)))
    expect(await told(shop.tenantId, 'orders.offline_sale.accepted.v1')).toBe(12)
    expect(await told(shop.tenantId, 'orders.order.completed.v1')).toBe(12)
    expect(await openAlarms(shop.tenantId)).toEqual([])
  })

  test('a record that stands behind a gap counts, and the gap is open until what was missing comes', async () => {
    const { shop, decide, line, openAlarms } = await cutOff()
    const [one, two, three] = [await line(), await line(), await line()]
    await decide(three)
    await decide(one)
    expect(await openAlarms(shop.tenantId)).toEqual(['GAP 3'])
    await decide(two)
    expect(await openAlarms(shop.tenantId)).toEqual([])
  })

  test('what claims an answer that the till was not given is refused', async () => {
    const { till, decide, line } = await cutOff()
    await decide(await line())
    const missing = await line()
    till.acknowledged = 2
    expect(outcomeOf(await decide(await line()))).toBe('NEW WRONG_ACKNOWLEDGEMENT')
    till.acknowledged = 1
    await decide(missing)
    // the answer came at noon, and this was taken at nine
    expect(outcomeOf(await decide(await line()))).toBe('NEW WRONG_ACKNOWLEDGEMENT')
  })

  test('of a fork one record counts; a manager lets the other through, which gets a number of its own', async () => {
    const { shop, till, decide, admit, line, numbers, openAlarms, trail } = await cutOff()
    const copy: TestTill = { ...till }
    const first = await line()
    const second = await log(copy, nextRecord(copy, TAKEN, { productId: makeId(), quantity: '2' }))
    await decide(first)
    const refused = await decide(second)
    expect(outcomeOf(refused)).toBe('NEW SEQUENCE_FORK')
    expect(await openAlarms(shop.tenantId)).toEqual(['FORK 1'])
    const hash = refused.kind === 'LATER' ? '' : refused.record.hash
    const admitted = await Promise.all([admit(hash), admit(hash)])
    expect(admitted.map(({ kind }) => kind)).toEqual(['ADMITTED', 'ADMITTED'])
    expect(outcomeOf(await decide(second))).toBe('KNOWN SEQUENCE_FORK')
    expect(await numbers(shop.tenantId)).toEqual([1n, 101n])
    expect(await openAlarms(shop.tenantId)).toEqual([])
    expect(await trail(shop.tenantId)).toEqual(['ACCEPTED', 'ADMITTED', 'FORK', 'REFUSED'])
  })

  test('a number that is not of the till, or used before, is refused; so is an order that there is', async () => {
    const { till, decide, line } = await cutOff()
    const record = nextRecord(till, TAKEN, { productId: makeId() })
    await decide(await log(till, record))
    expect(outcomeOf(await decide(await line({ number: 101n })))).toBe('NEW WRONG_NUMBER')
    expect(outcomeOf(await decide(await line({ number: 1n })))).toBe('NEW WRONG_NUMBER')
    expect(outcomeOf(await decide(await line({ orderId: record.sale.orderId, number: 9n })))).toBe('NEW WRONG_ORDER')
    expect(outcomeOf(await decide(await line({ number: 10n })))).toBe('NEW ACCEPTED')
  })

  test('an approval is good once', async () => {
    const { till, manager, decide, line } = await cutOff()
    const approvals = [await approve(manager, till, TAKEN)]
    expect(outcomeOf(await decide(await line({ discountPercent: '25', approvals })))).toBe('NEW ACCEPTED')
    expect(outcomeOf(await decide(await line({ discountPercent: '25', approvals })))).toBe('NEW APPROVAL_USED')
  })

  test('who dies at any step leaves nothing, and who dies behind the commit has decided', async () => {
    const { shop, till, manager, decide, line, numbers, told, trail, books, openAlarms } = await cutOff()
    await line()
    const approvals = [await approve(manager, till, TAKEN)]
    const record = await line({ discountPercent: '25', approvals })
    let steps = 0
    for (let deadly = 1; ; deadly++) {
      const outcome = await decide(record, dyingAt(books, deadly)).then(outcomeOf, String)
      if (outcome !== 'Error: died') break
      steps = deadly
      expect([await numbers(shop.tenantId), await trail(shop.tenantId)], `died at ${deadly}`).toEqual([[], []])
      expect(await openAlarms(shop.tenantId)).toEqual([])
      expect(await told(shop.tenantId, 'orders.order.completed.v1')).toBe(0)
    }
    expect(steps).toBeGreaterThan(10)
    expect(await trail(shop.tenantId)).toEqual(['ACCEPTED', 'GAP'])
    const next = await line()
    await expect(decide(next, dyingBehind(books))).rejects.toThrow('died')
    expect(outcomeOf(await decide(next))).toBe('KNOWN ACCEPTED')
    expect(await numbers(shop.tenantId)).toEqual([2n, 3n])
  })
}

/** Books whose user dies at a step of the transaction. */
function dyingAt(books: OfflineBooks, deadly: number): OfflineBooks {
  return {
    ...books,
    holding: (till, now, work) =>
      books.holding(till, now, page => {
        let step = 0
        const dying = Object.entries(page).map(([name, run]) => [
          name,
          (...given: unknown[]) => {
            step += 1
            if (step === deadly) throw new Error('died')
            return (run as (...all: unknown[]) => unknown)(...given)
          },
        ])
        return work(Object.fromEntries(dying) as TillPage)
      }),
  }
}

/** Books whose user dies when the transaction is committed and it has not heard of it. */
function dyingBehind(books: OfflineBooks): OfflineBooks {
  return {
    ...books,
    async holding(till, now, work) {
      await books.holding(till, now, work)
      throw new Error('died')
    },
  }
}
