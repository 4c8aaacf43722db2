import { signRecord } from '@tillgraph/client/offline/sign'
import { makeId } from '@tillgraph/kit/ids'
import type { OfflineRecord } from '@tillgraph/rules/offline/record'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type OrdersUnderTest, startOrders, type TestShop } from '../kit/orders.ts'
import { completeSale, saleOf as onlineSale } from '../kit/sales.ts'
import { giveNumbers, handIn } from './kit/hand-in.ts'
import { approve, createTills, deviceKey, GENEROUS, log, nextRecord, type TestTill } from './kit/tills.ts'

const RECORDS = 200
const HOUR_MS = 3_600_000

const tills = createTills()
let orders: OrdersUnderTest
beforeAll(async () => {
  orders = await startOrders({ processes: 2, identity: tills.answer })
})
afterAll(() => orders?.stop())

/** A record of a till that somebody has tampered with, and what it is refused for. */
interface Tampered {
  readonly line: string
  readonly code: string
}

interface Scene {
  readonly shop: TestShop
  readonly till: TestTill
  readonly other: TestTill
  readonly stranger: TestTill
  readonly manager: Awaited<ReturnType<typeof tills.manager>>
  readonly cashier: Awaited<ReturnType<typeof tills.manager>>
  readonly productId: string
  readonly at: Date
  readonly sold: OfflineRecord
}

const next = ({ till, at, productId }: Scene, given: object = {}) => nextRecord(till, at, { productId, ...given })

/** Signs a record with the till's own key, as somebody would who has got hold of the till. */
const own = async (scene: Scene, record: OfflineRecord, code: string): Promise<Tampered> => ({
  line: await log(scene.till, record),
  code,
})

/** A good record whose text somebody has changed on its way; the till's log stays as it is. */
async function changed(scene: Scene, code: string, change: (parts: [string, string, string]) => string) {
  const line = await signRecord(next(scene), scene.till.key)
  const [header = '', payload = '', signature = ''] = line.split('.')
  return { line: change([header, payload, signature]), code }
}

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
const decode = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString()) as OfflineRecord

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** The same bytes in another spelling: the last letter carries bits that nobody reads. */
function respelled(signature: string): string {
  const last = LETTERS.indexOf(signature.at(-1) ?? 'A')
  return signature.slice(0, -1) + LETTERS[last ^ 1]
}

const tamperings: Readonly<Record<string, (scene: Scene) => Promise<Tampered>>> = {
  'a changed amount': scene =>
    changed(scene, 'BAD_SIGNATURE', ([header, payload, signature]) => {
      const record = decode(payload)
      const cheaper = { ...record, sale: { ...record.sale, totals: { ...record.sale.totals, total: '0.01' } } }
      return `${header}.${encode(cheaper)}.${signature}`
    }),
  'a changed cashier': scene =>
    changed(scene, 'BAD_SIGNATURE', ([header, payload, signature]) => {
      const record = decode(payload)
      return `${header}.${encode({ ...record, sale: { ...record.sale, cashierId: makeId() } })}.${signature}`
    }),
  'a changed signature': scene =>
    changed(scene, 'BAD_SIGNATURE', ([header, payload, signature]) => {
      const first = signature.startsWith('A') ? 'B' : 'A'
      return `${header}.${payload}.${first}${signature.slice(1)}`
    }),
  'a signature in another spelling': scene =>
    changed(
      scene,
      'MALFORMED_RECORD',
      ([header, payload, signature]) => `${header}.${payload}.${respelled(signature)}`,
    ),
  'no algorithm': scene =>
    changed(scene, 'MALFORMED_RECORD', ([, payload, signature]) => {
      const header = { alg: 'none', typ: 'tillgraph-offline', kid: scene.till.key.kid }
      return `${encode(header)}.${payload}.${signature}`
    }),
  'a key of its own in the header': scene =>
    changed(scene, 'MALFORMED_RECORD', ([header, payload, signature]) => {
      const more = { ...decode(header), jwk: { kty: 'OKP', crv: 'Ed25519', x: scene.other.key.publicKey } }
      return `${encode(more)}.${payload}.${signature}`
    }),
  'no JWS at all': async () => ({ line: `${makeId()}.${makeId()}`, code: 'MALFORMED_RECORD' }),
  "another till's key": async scene => ({
    line: await signRecord(next(scene), scene.other.key),
    code: 'UNKNOWN_KEY',
  }),
  'a key that nobody knows': async scene => ({
    line: await signRecord(next(scene), await deviceKey()),
    code: 'UNKNOWN_KEY',
  }),
  'a record of another business': async scene => ({
    line: await signRecord(nextRecord(scene.stranger, scene.at, { productId: makeId() }), scene.stranger.key),
    code: 'UNKNOWN_KEY',
  }),
  'the name of another till': scene =>
    own(scene, { ...next(scene), registerId: scene.other.registerId }, 'WRONG_REGISTER'),
  'the name of another business': scene =>
    own(scene, { ...next(scene), tenantId: scene.stranger.shop.tenantId }, 'WRONG_REGISTER'),
  'the name of another store': scene => own(scene, { ...next(scene), storeId: makeId() }, 'WRONG_REGISTER'),
  'a place in the log that is taken': async scene => {
    const copy = { ...scene.till, sequence: scene.sold.sequence - 1, previous: scene.sold.previous }
    return { line: await log(copy, nextRecord(copy, scene.at, { productId: scene.productId })), code: 'SEQUENCE_FORK' }
  },
  'a log that was rewritten': async scene => {
    const copy = { ...scene.till, previous: 'A'.repeat(43) }
    return { line: await log(copy, nextRecord(copy, scene.at, { productId: scene.productId })), code: 'SEQUENCE_FORK' }
  },
  'totals that are not those of its lines': scene => {
    const record = next(scene)
    const totals = { ...record.sale.totals, total: '1.00' }
    return own(scene, { ...record, sale: { ...record.sale, totals } }, 'WRONG_TOTALS')
  },
  'less paid than was owed': scene =>
    own(scene, next(scene, { tenders: [{ id: makeId(), kind: 'CASH', amount: '0.01' }] }), 'WRONG_TENDERS'),
  'another currency': scene => {
    const record = next(scene)
    return own(scene, { ...record, sale: { ...record.sale, currency: 'USD' } }, 'WRONG_CURRENCY')
  },
  'a day that it was not': scene => own(scene, next(scene, { businessDate: '2020-01-01' }), 'WRONG_DAY'),
  'a card number in its note': scene => {
    const record = next(scene)
    return own(scene, { ...record, sale: { ...record.sale, note: '4242 4242 4242 4242' } }, 'CARD_DATA')
  },
  'an approval that nobody gave': async scene => {
    const forger = { managerId: scene.manager.managerId, key: await deviceKey() }
    const approvals = [await approve(forger, scene.till, scene.at)]
    return own(scene, next(scene, { discountPercent: '30', approvals }), 'FORGED_APPROVAL')
  },
  'an approval in the name of another': async scene => {
    const approvals = [await approve(scene.manager, scene.till, scene.at, { managerId: makeId() })]
    return own(scene, next(scene, { discountPercent: '30', approvals }), 'FORGED_APPROVAL')
  },
  'an approval for another till': async scene => {
    const approvals = [await approve(scene.manager, scene.other, scene.at)]
    return own(scene, next(scene, { discountPercent: '30', approvals }), 'FORGED_APPROVAL')
  },
  'an approval that had run out': async scene => {
    const approvals = [await approve(scene.manager, scene.till, new Date(scene.at.getTime() - 5 * HOUR_MS))]
    return own(scene, next(scene, { discountPercent: '30', approvals }), 'FORGED_APPROVAL')
  },
  'an approval of somebody who may not give any': async scene => {
    const approvals = [await approve(scene.cashier, scene.till, scene.at)]
    return own(scene, next(scene, { discountPercent: '30', approvals }), 'FORGED_APPROVAL')
  },
  'an approval that was used before': scene =>
    own(scene, next(scene, { discountPercent: '30', approvals: scene.sold.sale.approvals }), 'APPROVAL_USED'),
  'an approval of less': async scene => {
    const approvals = [await approve(scene.manager, scene.till, scene.at, { bound: '12' })]
    return own(scene, next(scene, { discountPercent: '30', approvals }), 'APPROVAL_MISSING')
  },
  'a policy that had run out': scene => own(scene, { ...next(scene), policyVersion: 2 }, 'POLICY_STALE'),
  'a policy that never was': scene => own(scene, { ...next(scene), policyVersion: 99 }, 'POLICY_UNKNOWN'),
  'a policy that switched it off': scene => own(scene, { ...next(scene), policyVersion: 3 }, 'POLICY_OFF'),
  'a means of payment that is not taken': scene =>
    own(scene, next(scene, { tenders: [{ id: makeId(), kind: 'GIFT_CARD', amount: '5.00' }] }), 'TENDER_NOT_ALLOWED'),
  'a number of another till': scene => own(scene, next(scene, { number: scene.other.nextNumber + 3n }), 'WRONG_NUMBER'),
  'a number that is used': scene => own(scene, next(scene, { number: BigInt(scene.sold.sale.number) }), 'WRONG_NUMBER'),
  'an order that there is': scene => own(scene, next(scene, { orderId: scene.sold.sale.orderId }), 'WRONG_ORDER'),
  'an answer that was never given': scene => {
    const record = next(scene)
    return own(scene, { ...record, acknowledged: record.sequence - 1 }, 'WRONG_ACKNOWLEDGEMENT')
  },
}

async function openScene(): Promise<Scene> {
  const shop = await orders.shop('CASHIER')
  const stranger = await tills.till(await orders.shop())
  const till = await tills.till(shop)
  const other = await tills.till(shop, 1n, makeId())
  for (const policy of [
    GENEROUS,
    { ...GENEROUS, version: 2, validUntil: '2020-01-01T00:00:00.000Z' },
    { ...GENEROUS, version: 3, enabled: false },
  ])
    tills.setPolicy(shop, policy)
  await giveNumbers(orders, shop, till)
  await giveNumbers(orders, shop, other)
  const manager = await tills.manager(shop)
  const cashier = await tills.manager(shop, ['CASHIER'])
  const productId = await orders.product(shop, '5.00', 1000)
  // longer ago than a clock may be off, so that times prove something
  const at = new Date(orders.clock.now().getTime() - 3 * HOUR_MS)
  const approvals = [await approve(manager, till, at)]
  const sold = nextRecord(till, at, { productId, discountPercent: '30', approvals })
  const [answer] = await handIn(orders, till, [await log(till, sold)])
  expect(answer?.outcome).toBe('ACCEPTED')
  return { shop, till, other, stranger, manager, cashier, productId, at, sold }
}

const effects = (tenantId: string) =>
  orders.look(
    `select (select count(*) from orders.customer_order where tenant_id = $1) as orders,
      (select count(*) from orders.outbox where tenant_id = $1) as events,
      (select count(*) from orders.approval_use where tenant_id = $1) as approvals,
      (select sum(used) from orders.number_block where tenant_id = $1) as numbers`,
    [tenantId],
  )

test(`of ${RECORDS} tampered records none has an effect, and each is answered, kept and written down`, async () => {
  const scene = await openScene()
  const { shop, till } = scene
  const before = await effects(shop.tenantId)
  const names = Object.keys(tamperings)
  const sent: { name: string; line: string; code: string }[] = []
  for (let made = 0; made < RECORDS; made++) {
    const name = names[made % names.length] ?? ''
    const tampered = await tamperings[name]?.(scene)
    if (tampered) sent.push({ name, ...tampered })
  }
  const answers = []
  for (let from = 0; from < sent.length; from += 20)
    answers.push(
      ...(await handIn(
        orders,
        till,
        sent.slice(from, from + 20).map(({ line }) => line),
      )),
    )
  expect(answers.map(({ outcome, code }, index) => [sent[index]?.name, outcome, code])).toEqual(
    sent.map(({ name, code }) => [name, 'REFUSED', code]),
  )
  expect(await effects(shop.tenantId)).toEqual(before)
  const kept = await orders.look<{ hash: string; code: string; entries: string }>(
    `select r.hash, r.code, (select count(*) from orders.offline_audit a where a.tenant_id = r.tenant_id
       and a.hash = r.hash and a.action = 'REFUSED' and a.code = r.code) as entries
     from orders.offline_record r where r.tenant_id = $1 and r.outcome = 'REFUSED'`,
    [shop.tenantId],
  )
  expect(new Set(kept.map(({ hash }) => hash))).toEqual(new Set(answers.map(({ hash }) => hash)))
  expect(kept.map(({ entries }) => Number(entries))).toEqual(kept.map(() => 1))
  expect(kept).toHaveLength(RECORDS)
  const again = await handIn(
    orders,
    till,
    sent.slice(0, 20).map(({ line }) => line),
  )
  expect(again.map(({ outcome, code }) => [outcome, code])).toEqual(
    sent.slice(0, 20).map(({ code }) => ['KNOWN', code]),
  )
})

test('what was signed after its key was revoked has no effect, and what was signed before has', async () => {
  const { till, productId, at } = await openScene()
  const before = await log(till, nextRecord(till, at, { productId }))
  till.revokedAt = new Date(at.getTime() + 60_000).toISOString()
  const after = await log(till, nextRecord(till, new Date(at.getTime() + 120_000), { productId }))
  const answers = await handIn(orders, till, [after, before])
  expect(answers.map(({ outcome, code }) => code ?? outcome)).toEqual(['KEY_REVOKED', 'ACCEPTED'])
})

test('a record that is handed in for another till is refused there, and still good at its own', async () => {
  const { shop, till, other, productId, at } = await openScene()
  const line = await log(till, nextRecord(till, at, { productId }))
  expect((await handIn(orders, other, [line]))[0]?.code).toBe('UNKNOWN_KEY')
  expect((await handIn(orders, till, [line]))[0]?.outcome).toBe('ACCEPTED')
  const sold = await completeSale(orders, shop, onlineSale(shop, productId))
  expect(sold.__typename).toBe('CompleteSaleSuccess')
})
