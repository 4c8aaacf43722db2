import { v7 } from 'uuid'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { makeDeviceKey } from '../../src/offline/device-key.ts'
import { openTill, type TakenSale, type WantedSale } from '../../src/offline/till.ts'
import { makeApproval } from '../../src/offline/till-approvals.ts'
import type { TillRefusal } from '../../src/offline/till-refusal.ts'
import { SendFailure, upload } from '../../src/offline/upload.ts'
import { fakeGraph, HOUR_MS, newTestTill, policy, register, saleOf, type TestTill, tea } from './shop.ts'

let device: TestTill

beforeEach(async () => {
  device = await newTestTill()
})

afterEach(() => device.dispose())

const codeOf = (answer: TakenSale | TillRefusal) => (answer.kind === 'REFUSED' ? answer.code : answer.kind)
const cash = (amount: bigint) => ({ tenders: [{ id: v7(), kind: 'CASH' as const, amount }] })

describe('a till that is cut off', () => {
  test('does not sell before a manager has switched it on and it has numbers', async () => {
    const till = await device.open()
    expect(till.state.mode).toBe('OFF')
    expect(codeOf(await till.sell(saleOf()))).toBe('POLICY_OFF')
    await till.keep({ policy: { ...policy, enabled: false } })
    expect(codeOf(await till.sell(saleOf()))).toBe('NO_NUMBERS')
    await till.keep({ blocks: [{ id: v7(), first: '1', last: '2' }] })
    expect(codeOf(await till.sell(saleOf()))).toBe('POLICY_OFF')
    await till.keep({ policy: { ...policy, version: 2 } })
    expect(till.state.mode).toBe('READY')
    expect(codeOf(await till.sell(saleOf()))).toBe('TAKEN')
    await till.close()
  })

  test('prices, names, numbers and signs each sale, and says what goes back', async () => {
    const till = await device.ready()
    const { sales, send } = fakeGraph(device.key)
    const first = await till.sell(saleOf(3n, cash(5000n)))
    const second = await till.sell(saleOf(1n))
    if (first.kind !== 'TAKEN' || second.kind !== 'TAKEN') throw new Error('Both are taken')
    expect(first).toMatchObject({ change: 2000n, record: { sequence: 1, previous: '', acknowledged: 0 } })
    expect(first.record.sale).toMatchObject({ number: '101', businessDate: '2026-03-01', totals: { total: '30.00' } })
    expect(second.record).toMatchObject({ sequence: 2, sale: { number: '102' } })
    expect(await upload(till, { send })).toMatchObject({ sent: 2, accepted: 2, left: 0 })
    expect([...sales.values()]).toEqual([first.record, second.record])
    await till.close()
  })

  test('keeps to the policy: each sale, all of them, how many, what with, how long', async () => {
    const till = await device.ready({ countMax: 12 })
    expect(codeOf(await till.sell(saleOf(11n)))).toBe('BEYOND_SALE_LIMIT')
    const gift = { tenders: [{ id: v7(), kind: 'GIFT_CARD' as const, amount: 1000n }] }
    expect(codeOf(await till.sell(saleOf(1n, gift)))).toBe('TENDER_NOT_ALLOWED')
    for (let sale = 1; sale <= 9; sale += 1) expect(codeOf(await till.sell(saleOf(10n)))).toBe('TAKEN')
    expect(codeOf(await till.sell(saleOf(8n)))).toBe('TAKEN')
    expect(codeOf(await till.sell(saleOf(3n)))).toBe('BEYOND_DEVICE_LIMIT')
    expect(till.state.room).toEqual({ count: 2, value: 2000n })
    for (let sale = 1; sale <= 2; sale += 1) expect(codeOf(await till.sell(saleOf(1n)))).toBe('TAKEN')
    expect(till.state).toMatchObject({ mode: 'FULL', unsent: 12, unsentValue: 100_000n })
    expect(codeOf(await till.sell(saleOf(1n)))).toBe('BEYOND_COUNT_LIMIT')
    await upload(till, fakeGraph(device.key))
    expect(codeOf(await till.sell(saleOf(10n)))).toBe('TAKEN')
    await till.close()
  })

  test('warns when sales have waited for a day, takes none after three, and wants its policy fetched anew', async () => {
    const till = await device.ready({ validUntil: '2026-03-09T12:00:00.000Z' })
    expect(codeOf(await till.sell(saleOf()))).toBe('TAKEN')
    device.clock += 24 * HOUR_MS
    expect(till.state.mode).toBe('WARN')
    expect(codeOf(await till.sell(saleOf()))).toBe('TAKEN')
    device.clock += 48 * HOUR_MS
    expect(till.state.mode).toBe('SEND_FIRST')
    expect(codeOf(await till.sell(saleOf()))).toBe('SEND_FIRST')
    await upload(till, fakeGraph(device.key))
    expect(codeOf(await till.sell(saleOf()))).toBe('TAKEN')
    device.clock += 7 * 24 * HOUR_MS
    await upload(till, fakeGraph(device.key))
    expect(till.state.mode).toBe('STALE')
    expect(codeOf(await till.sell(saleOf()))).toBe('POLICY_STALE')
    await till.close()
  })

  test('writes nothing down of a sale that it refuses', async () => {
    const till = await device.ready()
    const refused: Partial<WantedSale>[] = [
      { tenders: [] },
      { note: 'card 4242 4242 4242 4242' },
      { basket: { lines: [{ product: tea, quantity: 0n }] }, tenders: [] },
      { basket: { lines: [] }, tenders: [] },
      { cashierId: 'somebody' },
      {
        basket: { lines: [{ product: tea, quantity: 1000n }], discount: { kind: 'AMOUNT', amount: 900n } },
        ...cash(100n),
      },
    ]
    const codes = []
    for (const one of refused) codes.push(codeOf(await till.sell(saleOf(1n, one))))
    expect(codes).toEqual([
      'WRONG_TENDERS',
      'CARD_DATA',
      'CANNOT_BE_PRICED',
      'MALFORMED_RECORD',
      'MALFORMED_RECORD',
      'APPROVAL_MISSING',
    ])
    const long = Array.from({ length: 199 }, () => ({ product: { ...tea, name: 'x'.repeat(150) }, quantity: 100n }))
    expect(codeOf(await till.sell(saleOf(1n, { basket: { lines: long }, ...cash(100_000n) })))).toBe(
      'BEYOND_SALE_LIMIT',
    )
    const free = long.map(line => ({ ...line, product: { ...line.product, unitPrice: { minorThousandths: 1000n } } }))
    expect(codeOf(await till.sell(saleOf(1n, { basket: { lines: free }, ...cash(10_000n) })))).toBe('SALE_TOO_LONG')
    expect(till.state).toMatchObject({ lastSequence: 0, numbersLeft: 300n })
    expect(codeOf(await till.sell(saleOf()))).toBe('TAKEN')
    await till.close()
  })

  test('uses its numbers up, each once, block after block, however often it is opened', async () => {
    let till = await device.open()
    await till.keep({
      policy,
      blocks: [
        { id: v7(), first: '7', last: '9' },
        { id: v7(), first: '20', last: '21' },
      ],
    })
    const numbers: string[] = []
    for (let sale = 1; sale <= 5; sale += 1) {
      const taken = await till.sell(saleOf())
      if (taken.kind === 'TAKEN') numbers.push(taken.record.sale.number)
      await till.close()
      till = await device.open()
    }
    expect(numbers).toEqual(['7', '8', '9', '20', '21'])
    expect(till.state.mode).toBe('NO_NUMBERS')
    expect(codeOf(await till.sell(saleOf()))).toBe('NO_NUMBERS')
    await till.close()
  })

  test('gives no number out again when it has forgotten the sales that had it', async () => {
    const till = await device.open()
    await till.keep({ policy, blocks: [{ id: v7(), first: '7', last: '9' }] })
    for (let sale = 1; sale <= 3; sale += 1) expect(codeOf(await till.sell(saleOf()))).toBe('TAKEN')
    await till.forget(3)
    expect((await till.log.read(0, 9)).length, 'what was not answered is not forgotten').toBe(3)
    await upload(till, fakeGraph(device.key))
    await till.forget(3)
    expect((await till.log.read(0, 9)).map(({ sequence }) => sequence)).toEqual([3])
    await till.close()
    const again = await device.open()
    expect(again.state).toMatchObject({ numbersLeft: 0n, lastSequence: 3, acknowledged: 3, unsent: 0 })
    await again.keep({ blocks: [{ id: v7(), first: '20', last: '20' }] })
    expect(await again.sell(saleOf())).toMatchObject({
      record: { sequence: 4, acknowledged: 3, sale: { number: '20' } },
    })
    await again.close()
  })

  test('that sells from many hands at once gives each sale its own place and number', async () => {
    const till = await device.ready()
    const taken = await Promise.all(Array.from({ length: 20 }, () => till.sell(saleOf())))
    const records = taken.flatMap(one => (one.kind === 'TAKEN' ? [one.record] : []))
    expect(records.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1))
    expect(new Set(records.map(({ sale }) => sale.number)).size).toBe(20)
    expect(await upload(till, fakeGraph(device.key))).toMatchObject({ accepted: 20, refused: 0, left: 0 })
    await till.close()
  })

  test('takes goods out of what was set aside for it first, and says what goes beyond', async () => {
    const till = await device.ready()
    const lease = (id: string, quantity: string, hours: number) => ({
      ...({ version: 1, leaseId: id, ...register } as const),
      lines: [{ productId: tea.id, quantity }],
      expiresAt: new Date(device.clock + hours * HOUR_MS).toISOString(),
    })
    const [soon, later] = [v7(), v7()]
    await till.keep({ leases: [lease(later, '3', 9), lease(soon, '2', 1)] })
    const first = await till.sell(saleOf(4n))
    const second = await till.sell(saleOf(4n))
    if (first.kind !== 'TAKEN' || second.kind !== 'TAKEN') throw new Error('Both are taken')
    expect(first.record.sale.leases).toEqual([
      { leaseId: soon, productId: tea.id, quantity: '2' },
      { leaseId: later, productId: tea.id, quantity: '2' },
    ])
    expect(first.beyondLeases).toEqual([])
    expect(second.record.sale.leases).toEqual([{ leaseId: later, productId: tea.id, quantity: '1' }])
    expect(second.beyondLeases).toEqual([{ productId: tea.id, quantity: 3000n }])
    await till.close()
    const again = await device.open()
    expect(again.state.leases.map(({ left }) => left)).toEqual([0n, 0n])
    await again.close()
  })

  test('does not go back to an older policy, nor take papers of another register', async () => {
    const till = await device.ready({ version: 5 })
    await till.keep({ policy: { ...policy, version: 4, perSaleMax: '9999.00' } })
    expect(till.state.policy?.version).toBe(5)
    await expect(till.keep({ policy: { ...policy, storeId: v7() } })).rejects.toThrow('another register')
    await till.close()
  })

  test('goes on only with the key that its log began with', async () => {
    const till = await device.ready()
    const { log } = till
    await expect(openTill({ log, key: await makeDeviceKey(), register, makeId: v7 })).rejects.toMatchObject({
      code: 'LOG_FORK',
    })
    await till.close()
  })
})

describe("a manager's approval without a network", () => {
  async function manager() {
    const key = await makeDeviceKey()
    const managerId = v7()
    const approve = (change: object = {}) =>
      makeApproval(
        key,
        { id: v7(), managerId, action: 'discount', bound: '40', ...placeOf(), ...change },
        { now: device.clock, lifeMs: HOUR_MS },
      )
    return { approve, kept: { id: key.kid, managerId, publicKey: key.publicKey, maximumDiscount: '50' } }
  }

  const placeOf = () => ({ tenantId: register.tenantId, storeId: register.storeId, registerId: register.registerId })
  const off = (percent: bigint, approvals: readonly string[]): WantedSale => {
    const basket = {
      lines: [{ product: tea, quantity: 1000n }],
      discount: { kind: 'PERCENT' as const, rate: percent * 10_000n },
    }
    return saleOf(1n, { basket, approvals, ...cash(1000n) })
  }

  test('lets a cashier take off more than their own limit, up to its bound, once', async () => {
    const { approve, kept } = await manager()
    const till = await device.ready()
    await till.keep({ managerKeys: [kept] })
    expect(codeOf(await till.sell(off(10n, [])))).toBe('TAKEN')
    expect(codeOf(await till.sell(off(11n, [])))).toBe('APPROVAL_MISSING')
    const approval = await approve()
    expect(codeOf(await till.sell(off(41n, [approval])))).toBe('APPROVAL_MISSING')
    expect(codeOf(await till.sell(off(40n, [approval])))).toBe('TAKEN')
    expect(codeOf(await till.sell(off(40n, [approval])))).toBe('APPROVAL_USED')
    await till.close()
    const again = await device.open()
    expect(codeOf(await again.sell(off(40n, [approval])))).toBe('APPROVAL_USED')
    await again.close()
  })

  test('is worth no more than the manager may do, and nothing for another till, action, time or signature', async () => {
    const [trusted, stranger] = [await manager(), await manager()]
    const till = await device.ready()
    await till.keep({ managerKeys: [trusted.kept] })
    expect(codeOf(await till.sell(off(60n, [await trusted.approve({ bound: '90' })])))).toBe('APPROVAL_MISSING')
    const worthless = [
      await stranger.approve(),
      await trusted.approve({ registerId: v7() }),
      await trusted.approve({ managerId: v7() }),
      await trusted.approve({ action: 'refund', bound: '40.00', orderId: v7() }),
      `${(await trusted.approve()).slice(0, -4)}AAAA`,
    ]
    for (const approval of worthless) expect(codeOf(await till.sell(off(20n, [approval])))).toBe('FORGED_APPROVAL')
    const late = await trusted.approve()
    device.clock += 2 * HOUR_MS
    expect(codeOf(await till.sell(off(20n, [late])))).toBe('FORGED_APPROVAL')
    await till.close()
  })
})

describe('sending', () => {
  const quiet = { sleep: async () => undefined, random: () => 0 }

  test('goes on where it was cut off, whatever was lost on the way, and counts each sale once', async () => {
    const till = await device.ready()
    const { send, sales } = fakeGraph(device.key)
    for (let sale = 1; sale <= 45; sale += 1) await till.sell(saleOf())
    let call = 0
    const lossy: typeof send = async batch => {
      call += 1
      if (call % 3 === 1) throw new SendFailure('no way there', { passes: true })
      const answers = await send(batch)
      if (call % 3 === 2) throw new SendFailure('no way back', { passes: true })
      return answers
    }
    const seen: number[] = []
    const result = await upload(till, { ...quiet, send: lossy, onProgress: ({ left }) => seen.push(left) })
    expect(result).toMatchObject({ sent: 45, accepted: 45, refused: 0, left: 0, stoppedBy: undefined })
    expect(sales.size).toBe(45)
    expect(seen.at(-1)).toBe(0)
    await till.close()
    const again = await device.open()
    expect(again.state).toMatchObject({ unsent: 0, acknowledged: 45 })
    expect(await again.log.verdicts(0, 100)).toHaveLength(45)
    await again.close()
  })

  test('keeps what each sale came to, and counts as answered only what is', async () => {
    const till = await device.ready()
    for (let sale = 1; sale <= 4; sale += 1) await till.sell(saleOf())
    const answers = [
      { outcome: 'ACCEPTED' as const },
      { outcome: 'LATER' as const },
      { outcome: 'REFUSED' as const, code: 'TOO_LATE', message: 'Too late.' },
      { outcome: 'ACCEPTED' as const },
    ]
    const once = { ...quiet, triesMost: 1 }
    await upload(till, {
      ...once,
      send: async ({ records }) => (records.length === 4 ? answers : [{ outcome: 'LATER' }]),
    })
    expect(till.state).toMatchObject({ unsent: 1, acknowledged: 1 })
    expect((await till.log.verdicts(0, 9)).map(({ sequence, outcome, code }) => [sequence, outcome, code])).toEqual([
      [1, 'ACCEPTED', undefined],
      [3, 'REFUSED', 'TOO_LATE'],
      [4, 'ACCEPTED', undefined],
    ])
    const next = await till.sell(saleOf())
    expect(next).toMatchObject({ record: { acknowledged: 1 } })
    await till.close()
    const again = await device.open()
    expect(again.state).toMatchObject({ unsent: 2, acknowledged: 1, unsentValue: 2000n })
    await again.close()
  })

  test('sends no more at once than a request carries', async () => {
    const till = await device.ready({ countMax: 500, perDeviceMax: '99999.00' })
    for (let sale = 1; sale <= 130; sale += 1) await till.sell(saleOf(1n, { note: 'n'.repeat(400) }))
    const { send } = fakeGraph(device.key)
    const sizes: number[] = []
    await upload(till, {
      async send(batch) {
        sizes.push(JSON.stringify(batch).length)
        return send(batch)
      },
    })
    expect(sizes.length).toBeGreaterThan(2)
    expect(Math.max(...sizes)).toBeLessThan(96_000)
    await till.close()
  })

  test('gives up when it makes no sense or takes too long, and nothing is lost by it', async () => {
    const till = await device.ready()
    await till.sell(saleOf())
    const failing = (passes: boolean) => async () => {
      throw new SendFailure('not today', { passes, afterMs: 7_000 })
    }
    const waits: number[] = []
    const sleep = async (milliseconds: number) => {
      waits.push(milliseconds)
    }
    const options = { random: () => 1, sleep }
    expect(await upload(till, { ...options, send: failing(true) })).toMatchObject({ left: 1, sent: 0 })
    expect(waits).toEqual([7_000, 7_000, 8_000, 16_000, 32_000, 60_000, 60_000])
    expect((await upload(till, { ...options, send: failing(false) })).stoppedBy?.message).toBe('not today')
    expect(waits).toHaveLength(7)
    const stopped = await upload(till, { ...fakeGraph(device.key), signal: AbortSignal.abort() })
    expect(stopped).toMatchObject({ left: 1, sent: 0 })
    expect(await upload(till, fakeGraph(device.key))).toMatchObject({ accepted: 1, left: 0 })
    await till.close()
  })
})
