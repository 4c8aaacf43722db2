import { isAdmissible, type KeptRecord } from '../../domain/offline/offline-record.ts'
import { makeOrder } from './decide-record.ts'
import { examineRecord } from './examine-record.ts'
import type { HandIn, OfflineWorld } from './offline-world.ts'

/** Who lets a record through, and why. */
export interface Admission {
  readonly hash: string
  readonly by: string | null
  readonly reason: string
}

export type Admitted =
  | { readonly kind: 'ADMITTED'; readonly record: KeptRecord }
  | { readonly kind: 'UNKNOWN' | 'INADMISSIBLE' | 'ORDER_EXISTS' | 'LATER' }

/**
 * Lets a refused record through, once: its sale becomes an order as if it had been accepted. Where its number cannot
 * stand it gets the next one of the store. An approval that was used before counts for nothing.
 */
export async function admitRecord(
  world: OfflineWorld,
  { till, keys }: Pick<HandIn, 'till' | 'keys'>,
  { hash, by, reason }: Admission,
): Promise<Admitted> {
  const kept = (await world.books.known(till, [hash])).get(hash)
  if (!kept) return { kind: 'UNKNOWN' }
  if (kept.outcome === 'ACCEPTED') return { kind: 'ADMITTED', record: kept }
  if (!isAdmissible(kept) || !kept.read) return { kind: 'INADMISSIBLE' }
  const { receivedAt } = kept
  const sentAt = new Date(receivedAt.getTime() + kept.read.clockSkewMs)
  const examined = await examineRecord(world, { till, keys, sentAt, receivedAt, by }, kept.jws)
  if (!examined.record || !examined.checked) return { kind: 'INADMISSIBLE' }
  const { sale } = examined.record
  const at = world.clock.now()
  return world.books.holding(till, at, async page => {
    const now = await page.known(hash)
    if (now?.outcome === 'ACCEPTED') return { kind: 'ADMITTED', record: now }
    const claimed = await page.claimOrder(sale.orderId, at)
    if (claimed === 'BUSY') return { kind: 'LATER' }
    if (claimed === 'USED') return { kind: 'ORDER_EXISTS' }
    const unused = []
    for (const given of examined.approvals)
      if (!(await page.approvalIsUsed(given.approval.id, sale.orderId))) unused.push(given)
    const number = (await page.mayUseNumber(BigInt(sale.number))) ? undefined : await page.nextNumber()
    const record: KeptRecord = { ...kept, outcome: 'ACCEPTED', admitted: { at, by, reason } }
    await page.keep(record)
    await makeOrder(world, page, { ...examined, approvals: unused }, hash, number)
    const { registerId } = till
    await page.audit({
      id: world.makeId(),
      registerId,
      hash,
      action: 'ADMITTED',
      code: kept.code,
      note: reason,
      actor: by,
      at,
    })
    if (kept.place && kept.code === 'SEQUENCE_FORK')
      await page.close({ keyId: kept.place.keyId, kind: 'FORK', sequence: kept.place.sequence, hash }, at)
    return { kind: 'ADMITTED', record }
  })
}
