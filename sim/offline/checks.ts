import { hashOfLine } from '@tillgraph/kit/offline/signed-text'
import { formatMoney, money, parseMoney } from '@tillgraph/rules/money'
import type { OfflineRecord, OfflineSale } from '@tillgraph/rules/offline/record'
import { parseQuantity } from '@tillgraph/rules/quantity'
import type { KeptRecord } from '../../subgraphs/orders/src/domain/offline/offline-record.ts'
import type { OfflineQueueInMemory } from '../../subgraphs/payments/src/store/offline-queue-in-memory.ts'
import type { SimulatedProcessor } from './processor.ts'
import type { SimulatedServer } from './server.ts'
import { POLICY_CHANGES_AT, type SimulatedShop } from './shop.ts'
import { type SimulatedTill, TRAVEL_TOLERANCE_MS } from './till.ts'

/** What came of a world, and what of it is not as promised. */
export interface Findings {
  readonly sales: number
  readonly accepted: number
  readonly refused: number
  readonly turnedAway: number
  readonly captured: number
  readonly declined: number
  readonly expired: number
  readonly incidents: number
  readonly faults: readonly string[]
}

export interface Outcome {
  readonly shop: SimulatedShop
  readonly tills: readonly SimulatedTill[]
  readonly server: SimulatedServer
  readonly queue: OfflineQueueInMemory
  readonly processor: SimulatedProcessor
  readonly tampered: ReadonlySet<string>
}

/** A record of some till's log, and what the server made of it. */
interface Judged {
  readonly till: SimulatedTill
  readonly record: OfflineRecord
  readonly hash: string
  readonly kept: KeptRecord | undefined
}

export async function findFaults(outcome: Outcome): Promise<Findings> {
  const { server, shop, tills, queue } = outcome
  const content = server.books.content(shop.tenantId)
  const judged: Judged[] = []
  for (const till of tills)
    for (const { line } of await till.lines()) {
      const hash = hashOfLine(line)
      const record = JSON.parse(Buffer.from(line.split('.')[1] ?? '', 'base64url').toString()) as OfflineRecord
      judged.push({ till, record, hash, kept: content.records.get(`${till.place.registerId} ${hash}`) })
    }
  const accepted = judged.filter(({ kept }) => kept?.outcome === 'ACCEPTED')
  const faults = [
    ...(await verdictFaults(judged, outcome)),
    ...orderFaults(accepted, outcome),
    ...capFaults(accepted, outcome),
    ...moneyFaults(accepted, outcome),
    ...ledgerFaults(accepted, outcome),
    ...stockFaults(accepted, outcome),
  ]
  const payments = queue.payments()
  const inState = (wanted: string) => payments.filter(({ state }) => state === wanted).length
  return {
    sales: judged.length,
    accepted: accepted.length,
    refused: judged.length - accepted.length,
    turnedAway: tills.reduce((sum, { refusals }) => [...refusals.values()].reduce((all, one) => all + one, sum), 0),
    captured: inState('CAPTURED'),
    declined: inState('DECLINED'),
    expired: inState('EXPIRED'),
    incidents: server.stock.content(shop.tenantId).incidents.size,
    faults,
  }
}

/** Every record has a verdict, the right one, always the same, and its till knows it. */
async function verdictFaults(judged: readonly Judged[], { server, shop, tills, tampered }: Outcome): Promise<string[]> {
  const faults: string[] = []
  for (const { till, record, hash, kept } of judged) {
    const name = `record ${record.sequence} of till ${till.place.registerId}`
    if (!kept) faults.push(`${name} has no verdict`)
    const given = server.answers.get(`${till.place.registerId} ${hash}`)
    if ((given?.size ?? 0) > 1) faults.push(`${name} was answered differently: ${[...(given ?? [])].join(', ')}`)
    const wanted = wantedVerdict(till, record)
    if (kept && wanted && !wanted.includes(kept.code ?? 'ACCEPTED'))
      faults.push(`${name} came to ${kept.code ?? 'ACCEPTED'}, not to ${wanted.join(' or ')}`)
  }
  const found = new Map(judged.map(({ till, record, kept }) => [nameOf(till, record.sequence), kept?.outcome]))
  for (const till of tills) {
    if (till.unsent() > 0) faults.push(`till ${till.place.registerId} still waits for ${till.unsent()} answers`)
    for (const { sequence, outcome } of await till.verdicts(0, 100_000))
      if (found.get(nameOf(till, sequence)) !== outcome)
        faults.push(`till ${till.place.registerId} thinks that ${sequence} was ${outcome}`)
  }
  const { records } = server.books.content(shop.tenantId)
  for (const [name, { jws, outcome }] of records)
    if (tampered.has(`${name.split(' ')[0]} ${jws}`) && outcome !== 'REFUSED')
      faults.push(`${name} was changed and let in`)
  return faults
}

/** What a record must come to; undefined where it is anybody's guess: a rogue is held to limits that it does not know. */
function wantedVerdict(till: SimulatedTill, record: OfflineRecord): readonly string[] | undefined {
  const takenAt = till.takenAt.get(record.sequence)
  if (takenAt === undefined) return ['a sale that was taken']
  const { revokedAt } = till
  const limits = ['BEYOND_SALE_LIMIT', 'BEYOND_DEVICE_LIMIT', 'BEYOND_COUNT_LIMIT']
  const open = till.isRogue ? ['ACCEPTED', ...limits] : ['ACCEPTED']
  if (revokedAt === undefined || takenAt < revokedAt - TRAVEL_TOLERANCE_MS) return open
  return takenAt > revokedAt + TRAVEL_TOLERANCE_MS ? ['KEY_REVOKED'] : [...open, 'KEY_REVOKED']
}

/** Each accepted sale is one order, as it was sold; nothing else is one. */
function orderFaults(accepted: readonly Judged[], { server, shop }: Outcome): string[] {
  const { orders, numbers, audit } = server.books.content(shop.tenantId)
  const faults: string[] = []
  for (const { record, hash } of accepted) {
    const { sale } = record
    const found = orders.get(sale.orderId)
    if (found?.fingerprint !== hash) faults.push(`order ${sale.orderId} is not there`)
    else if (write(found.order.total, sale) !== sale.totals.total)
      faults.push(`order ${sale.orderId} has another total`)
    if (numbers.get(`${record.storeId} ${sale.number}`) !== sale.orderId)
      faults.push(`number ${sale.number} is another's`)
  }
  if (orders.size !== accepted.length) faults.push(`${orders.size} orders of ${accepted.length} accepted sales`)
  const audited = new Set([...audit.values()].map(({ hash }) => hash))
  for (const { hash, record } of accepted) if (!audited.has(hash)) faults.push(`${record.sale.orderId} is not audited`)
  return faults
}

/** At no sale that was let in did its till hold more than its policy allowed. */
function capFaults(accepted: readonly Judged[], { shop, tills }: Outcome): string[] {
  const faults: string[] = []
  for (const till of tills) {
    const records = accepted.filter(one => one.till === till).map(({ record }) => record)
    const own = records.map(record => ({ ...record, value: valueOfSale(record.sale) }))
    for (const record of own) {
      const policy = shop.policy(record.storeId, record.policyVersion, POLICY_CHANGES_AT)
      if (!policy) throw new Error('An accepted record names a policy that there was')
      const held = own.filter(({ sequence }) => sequence > record.acknowledged && sequence <= record.sequence)
      const value = held.reduce((sum, one) => sum + one.value, 0n)
      const name = `${held.length} sales of ${value} at ${record.sequence} of ${till.place.registerId}`
      if (held.length > policy.countMax) faults.push(`${name}: more than ${policy.countMax}`)
      if (value > read(policy.perDeviceMax, record.sale)) faults.push(`${name}: more than ${policy.perDeviceMax}`)
      if (record.value > read(policy.perSaleMax, record.sale)) faults.push(`${name}: too much for one`)
    }
  }
  return faults
}

/** Each tender that is not cash is one payment in a final state, and was charged as often as that says. */
function moneyFaults(accepted: readonly Judged[], { queue, processor }: Outcome): string[] {
  const faults: string[] = []
  const payments = new Map(queue.payments().map(payment => [payment.id, payment]))
  const captures = processor.captures()
  let wanted = 0
  for (const { record } of accepted)
    for (const { id, kind, amount, tip } of record.sale.tenders) {
      if (kind === 'CASH') continue
      wanted += 1
      const payment = payments.get(id)
      const owed = read(amount, record.sale) + (tip === undefined ? 0n : read(tip, record.sale))
      const taken = captures.get(id) ?? []
      if (!payment) faults.push(`payment ${id} is lost`)
      else if (payment.amount + payment.tip !== owed) faults.push(`payment ${id} is of another amount`)
      else if (payment.settledAt === null) faults.push(`payment ${id} never ended: ${payment.state}`)
      if (taken.length > 1) faults.push(`payment ${id} was charged ${taken.length} times`)
      if (taken.some(one => one !== owed)) faults.push(`payment ${id} was charged another amount`)
      if ((payment?.state === 'CAPTURED') !== (taken.length === 1))
        faults.push(`payment ${id} is ${payment?.state} and was charged ${taken.length} times`)
      if ((queue.endings().get(id) ?? 0) !== 1) faults.push(`payment ${id} ended ${queue.endings().get(id) ?? 0} times`)
    }
  if (payments.size !== wanted) faults.push(`${payments.size} payments of ${wanted} tenders`)
  for (const id of captures.keys()) if (!payments.has(id)) faults.push(`${id} was charged and is nobody's payment`)
  return faults
}

/** The ledger comes to zero, and says of sales, cash, cards and debts what the tills and the processor say. */
function ledgerFaults(accepted: readonly Judged[], { queue, processor }: Outcome): string[] {
  const sums = new Map<string, bigint>()
  let all = 0n
  for (const [name, balance] of queue.balances()) {
    const kind = name.split(' ')[1] ?? ''
    sums.set(kind, (sums.get(kind) ?? 0n) + balance)
    all += balance
  }
  const sumOf = (...kinds: string[]) => kinds.reduce((sum, kind) => sum + (sums.get(kind) ?? 0n), 0n)
  const charged = [...processor.captures().values()].flat().reduce((sum, amount) => sum + amount, 0n)
  const unpaid = queue.payments().filter(({ state }) => state === 'DECLINED' || state === 'EXPIRED')
  const wanted: readonly (readonly [string, bigint, bigint])[] = [
    ['the whole ledger', all, 0n],
    ['what was sold', sumOf('SALES'), -accepted.reduce((sum, { record }) => sum + dueOf(record.sale), 0n)],
    ['tips', sumOf('TIPS'), -accepted.reduce((sum, { record }) => sum + tipsOf(record.sale), 0n)],
    ['cards', sumOf('CARD_CLEARING'), charged],
    ['what nobody has decided on', sumOf('PENDING'), 0n],
    ['debts', sumOf('RECEIVABLE'), unpaid.reduce((sum, { amount, tip }) => sum + amount + tip, 0n)],
    ['cash', sumOf('CASH_DRAWER', 'CASH_BOX'), accepted.reduce((sum, { record }) => sum + cashKept(record.sale), 0n)],
  ]
  return wanted.flatMap(([name, found, right]) =>
    found === right ? [] : [`${name}: ${found} on the ledger, not ${right}`],
  )
}

/** Stock went down by what was sold, once; what was not there is an incident. */
function stockFaults(accepted: readonly Judged[], { server, shop }: Outcome): string[] {
  const { levels, leases, movements, sales, incidents } = server.stock.content(shop.tenantId)
  const faults: string[] = []
  const name = (storeId: string, productId: string) => `${storeId} ${productId}`
  const sold = sumBy(
    accepted.flatMap(({ record }) =>
      record.sale.lines.map(line => [name(record.storeId, line.productId), parseQuantity(line.quantity)] as const),
    ),
  )
  const all = [...movements.values()]
  const opened = sumBy(
    all.flatMap(move =>
      move.kind === 'OPENING' ? [[name(move.storeId, move.productId), move.quantity] as const] : [],
    ),
  )
  const moved = sumBy(all.map(move => [name(move.storeId, move.productId), move.quantity] as const))
  const leased = sumBy(
    [...leases.values()].flatMap(({ state, storeId, lines }) =>
      lines.map(line => [name(storeId, line.productId), state === 'ACTIVE' ? line.quantity - line.sold : 0n] as const),
    ),
  )
  const short = sumBy(
    [...incidents.values()].map(
      ({ storeId, productId, short: lacking }) => [name(storeId, productId), lacking] as const,
    ),
  )
  for (const [product, { onHand, reserved }] of levels) {
    const of = (sums: ReadonlyMap<string, bigint>) => sums.get(product) ?? 0n
    if (onHand !== of(opened) - of(sold)) faults.push(`${product}: ${onHand} left of ${of(opened)} less ${of(sold)}`)
    if (onHand !== of(moved)) faults.push(`${product}: ${onHand} at hand, ${of(moved)} by its movements`)
    if (reserved !== of(leased)) faults.push(`${product}: ${reserved} set aside, ${of(leased)} in leases`)
    if (onHand < 0n && of(short) < -onHand) faults.push(`${product}: ${onHand} and only ${of(short)} in incidents`)
  }
  for (const { lines, id } of leases.values())
    for (const { quantity, sold: used } of lines)
      if (used > quantity || used < 0n) faults.push(`lease ${id} gave ${used} of ${quantity}`)
  if (sales.size !== accepted.length) faults.push(`${sales.size} sales left the shelves of ${accepted.length}`)
  return faults
}

const nameOf = ({ place }: SimulatedTill, sequence: number) => `${place.registerId} ${sequence}`

function sumBy(entries: readonly (readonly [string, bigint])[]): ReadonlyMap<string, bigint> {
  const sums = new Map<string, bigint>()
  for (const [name, amount] of entries) sums.set(name, (sums.get(name) ?? 0n) + amount)
  return sums
}

const read = (amount: string, { currency }: OfflineSale) => parseMoney(amount, currency).minor
const write = (minor: bigint, { currency }: OfflineSale) => formatMoney(money(minor, currency))
const dueOf = (sale: OfflineSale) => read(sale.totals.total, sale) + read(sale.totals.cashRounding, sale)
const tipsOf = (sale: OfflineSale) =>
  sale.tenders.reduce((sum, { tip }) => sum + (tip === undefined ? 0n : read(tip, sale)), 0n)
const valueOfSale = (sale: OfflineSale) => dueOf(sale) + tipsOf(sale)
const cashKept = (sale: OfflineSale) => {
  const cards = sale.tenders
    .filter(({ kind }) => kind !== 'CASH')
    .reduce((sum, { amount }) => sum + read(amount, sale), 0n)
  return dueOf(sale) - cards
}
