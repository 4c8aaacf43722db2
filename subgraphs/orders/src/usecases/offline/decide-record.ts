import { hashOfLine } from '@tillgraph/kit/offline/signed-text'
import { parseMoney } from '@tillgraph/rules/money'
import { type ChainPlace, placeInChain } from '@tillgraph/rules/offline/chain'
import type { OfflineFaultCode } from '@tillgraph/rules/offline/fault'
import { OFFLINE_SALES_MOST, policyFault } from '@tillgraph/rules/offline/policy'
import { CLOCK_SKEW_MOST_MS, TRAVEL_MOST_MS } from '@tillgraph/rules/offline/skew'
import { mostHeldBeside } from '../../domain/offline/held-sales.ts'
import { orderOfRecord } from '../../domain/offline/offline-order.ts'
import type { KeptRecord, ReadRecord, RecordPlace } from '../../domain/offline/offline-record.ts'
import { acceptedEvents } from './accepted-events.ts'
import { type Examined, examineRecord } from './examine-record.ts'
import type { TillPage } from './offline-books.ts'
import type { HandIn, OfflineWorld } from './offline-world.ts'

/** How far back of a till's log limits look: twice what a till may hold at all. */
const SALES_BACK_MOST = 2 * OFFLINE_SALES_MOST
/** A till's clock may have been set right between a sale and its being handed in. */
const CLOCK_TOLERANCE_MS = CLOCK_SKEW_MOST_MS + TRAVEL_MOST_MS

export type Decision =
  | { readonly kind: 'NEW' | 'KNOWN'; readonly record: KeptRecord }
  /** Nothing was decided: somebody sells under this id at this moment. */
  | { readonly kind: 'LATER' }

/**
 * Decides on one record, once: its verdict, its order and its events are committed together, and whoever hands it in
 * again gets the same verdict. Runs on any books: those of Postgres, or a simulation's.
 */
export async function decideRecord(world: OfflineWorld, handIn: HandIn, compact: string): Promise<Decision> {
  const { till, receivedAt, by } = handIn
  const hash = hashOfLine(compact)
  const examined = await examineRecord(world, handIn, compact)
  const { place } = examined
  return world.books.holding(till, receivedAt, async page => {
    const { known, neighbours, ...others } = await lookAround(page, hash, examined)
    if (known) return { kind: 'KNOWN', record: known }
    const where = place ? placeInChain({ ...place, hash }, neighbours) : undefined
    const alone = examined.fault ?? (where === 'FORK' ? 'SEQUENCE_FORK' : undefined)
    const fault = alone ?? faultAmongOthers(examined, others) ?? (await claimFault(page, examined))
    if (fault === 'LATER') return { kind: 'LATER' }
    const record: KeptRecord = {
      ...{ registerId: till.registerId, storeId: till.storeId, hash, jws: compact, receivedAt, submittedBy: by },
      outcome: fault ? 'REFUSED' : 'ACCEPTED',
      code: fault ?? null,
      ...{ place, read: readOf(examined), inChain: place !== null && where !== 'FORK', admitted: null },
    }
    await page.keep(record)
    if (!fault) await makeOrder(world, page, examined, hash, undefined)
    await page.audit({
      ...{ id: world.makeId(), registerId: till.registerId, hash, note: null, actor: by, at: receivedAt },
      ...{ action: record.outcome, code: record.code },
    })
    if (place && where) await watchLog(world, page, record, place, where)
    return { kind: 'NEW', record }
  })
}

/** Makes the order of a record that is let in; with a number of the store where its own cannot stand. */
export async function makeOrder(
  world: OfflineWorld,
  page: TillPage,
  { record, checked, approvals, receivedAt, takenAt }: Examined,
  hash: string,
  number: bigint | undefined,
): Promise<void> {
  if (!record || !checked) throw new Error('Only a record that was read whole is let in')
  const { sale } = record
  const order = orderOfRecord(record, checked, number ?? BigInt(sale.number), takenAt)
  await page.complete(order, hash)
  const given = approvals.map(({ approval }) => approval)
  await page.spendApprovals(given, order.id, receivedAt)
  await page.tell(acceptedEvents(record, checked, order, world.clock.now(), world.makeId))
}

/** What a record is held against, as it is while nobody else can decide on any of its till. */
async function lookAround(page: TillPage, hash: string, { fault, place, record, approvals }: Examined) {
  const inLog = fault === null ? record : null
  const keyId = place?.keyId ?? ''
  // all in one go: none of them needs another
  const [known, neighbours, answeredAt, accepted, mayUseNumber, used] = await Promise.all([
    page.known(hash),
    place ? page.around(keyId, place.sequence) : {},
    inLog && inLog.acknowledged > 0 ? page.answeredAt(keyId, inLog.acknowledged) : undefined,
    inLog ? page.acceptedBeside(keyId, inLog, SALES_BACK_MOST) : [],
    inLog ? page.mayUseNumber(BigInt(inLog.sale.number)) : false,
    Promise.all(inLog ? approvals.map(({ approval }) => page.approvalIsUsed(approval.id, inLog.sale.orderId)) : []),
  ])
  return { known, neighbours, answeredAt, accepted, mayUseNumber, approvalUsed: used.includes(true) }
}

type Others = Omit<Awaited<ReturnType<typeof lookAround>>, 'known' | 'neighbours'>

/** What is wrong with a record once others are looked at. */
function faultAmongOthers(examined: Examined, others: Others): OfflineFaultCode | undefined {
  const { record, checked, policy, takenAt, receivedAt } = examined
  if (!record || !checked || !policy) throw new Error('A record without a fault was read whole')
  const { sale, acknowledged } = record
  const taken = Date.parse(record.takenAt)
  if (acknowledged > 0) {
    const { answeredAt } = others
    if (!answeredAt || answeredAt.getTime() > takenAt.getTime() + CLOCK_TOLERANCE_MS) return 'WRONG_ACKNOWLEDGEMENT'
  }
  const beyond = policyFault(
    {
      takenAt: taken,
      currency: sale.currency,
      value: checked.value,
      tenderKinds: sale.tenders.map(({ kind }) => kind),
      // both by the till's clock
      receivedAt: taken + (receivedAt.getTime() - takenAt.getTime()),
    },
    policy,
    mostHeldBeside(record, others.accepted),
  )
  if (beyond) return beyond
  if (others.approvalUsed) return 'APPROVAL_USED'
  return others.mayUseNumber ? undefined : 'WRONG_NUMBER'
}

async function claimFault(
  page: TillPage,
  { record, receivedAt }: Examined,
): Promise<'LATER' | 'WRONG_ORDER' | undefined> {
  const claimed = await page.claimOrder(record?.sale.orderId ?? '', receivedAt)
  if (claimed === 'BUSY') return 'LATER'
  return claimed === 'USED' ? 'WRONG_ORDER' : undefined
}

/** Sounds the alarm for what is wrong with a till's log, and ends the one that this record answers. */
async function watchLog(
  world: OfflineWorld,
  page: TillPage,
  record: KeptRecord,
  place: RecordPlace,
  where: ChainPlace,
): Promise<void> {
  const { registerId, storeId, hash, receivedAt } = record
  const { keyId, sequence } = place
  if (where === 'GAP' || where === 'FORK') {
    await page.raise({ registerId, storeId, keyId, kind: where, sequence, hash, raisedAt: receivedAt, closedAt: null })
    await page.audit({
      ...{ id: world.makeId(), registerId, hash, note: null, actor: record.submittedBy, at: receivedAt },
      ...{ action: where, code: null },
    })
  }
  if (where !== 'FORK') await page.close({ keyId, kind: 'GAP', sequence: sequence + 1 }, receivedAt)
}

function readOf({ record, place, checked, clockSkewMs }: Examined): ReadRecord | null {
  if (!record || !place) return null
  const { sale, acknowledged, policyVersion } = record
  return {
    ...place,
    ...{ acknowledged, policyVersion, clockSkewMs },
    takenAt: new Date(record.takenAt),
    orderId: sale.orderId,
    number: BigInt(sale.number),
    businessDate: sale.businessDate,
    cashierId: sale.cashierId,
    currency: sale.currency,
    total: parseMoney(sale.totals.total, sale.currency).minor,
    value: checked?.value ?? null,
  }
}
