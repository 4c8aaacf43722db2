import { readSignedText } from '@tillgraph/kit/offline/signed-text'
import { claimedKeyOf, verifyRecord } from '@tillgraph/kit/offline/verify-record'
import { OfflineFault, type OfflineFaultCode } from '@tillgraph/rules/offline/fault'
import { MAX_SEQUENCE } from '@tillgraph/rules/offline/parse-record'
import { checkPolicyNamed, type OfflinePolicy } from '@tillgraph/rules/offline/policy'
import { type OfflineRecord, RECORD_CHARACTERS_MOST } from '@tillgraph/rules/offline/record'
import { SHA_256 } from '@tillgraph/rules/offline/shapes'
import { checkBusinessDate, checkSkew, clockSkewMs, takenAtByServer } from '@tillgraph/rules/offline/skew'
import { type CheckedSale, checkTotals } from '@tillgraph/rules/offline/totals'
import { checkDiscount, checkGiven, type GivenApproval } from '../../domain/offline/approvals.ts'
import type { RecordPlace } from '../../domain/offline/offline-record.ts'
import type { HandIn, OfflineWorld, TillKey } from './offline-world.ts'
import { readApprovals } from './read-approvals.ts'

/** What there is to say of a record without looking at others. What could not be found out is null. */
export interface Examined {
  /** The first thing that is wrong with it. */
  readonly fault: OfflineFaultCode | null
  readonly place: RecordPlace | null
  readonly record: OfflineRecord | null
  readonly checked: CheckedSale | null
  readonly policy: OfflinePolicy | null
  readonly approvals: readonly GivenApproval[]
  readonly clockSkewMs: number
  readonly receivedAt: Date
  /** When it was taken by the server's clock, as far as that is known. */
  readonly takenAt: Date
}

type Findings = { -readonly [Name in keyof Examined]: Examined[Name] }

/** Examines a record by itself: signature, content, key, totals, day, policy, clock, approvals. */
export async function examineRecord(world: OfflineWorld, handIn: HandIn, compact: string): Promise<Examined> {
  const findings: Findings = {
    ...{ fault: null, place: null, record: null, checked: null, policy: null, approvals: [], clockSkewMs: 0 },
    ...{ receivedAt: handIn.receivedAt, takenAt: handIn.receivedAt },
  }
  const key = handIn.keys.get(claimedKeyOf(compact) ?? '')
  try {
    await examine(world, handIn, compact, key, findings)
  } catch (error) {
    if (!(error instanceof OfflineFault)) throw error
    findings.fault = error.code
    findings.place ??= placeOf(world, compact, key)
  }
  return findings
}

async function examine(
  world: OfflineWorld,
  handIn: HandIn,
  compact: string,
  key: TillKey | undefined,
  findings: Findings,
): Promise<void> {
  const { till, receivedAt, sentAt } = handIn
  const { record, kid } = verifyRecord(compact, key, world.isSignedBy)
  const { sale } = record
  const clock = { takenAt: Date.parse(record.takenAt), receivedAt: receivedAt.getTime(), sentAt: sentAt?.getTime() }
  const skewMs = clockSkewMs(clock)
  findings.record = record
  findings.place = { keyId: kid, sequence: record.sequence, previous: record.previous }
  findings.clockSkewMs = skewMs
  findings.takenAt = new Date(takenAtByServer({ ...clock, skewMs }))
  const checked = checkTotals(sale)
  findings.checked = checked
  if (key?.revokedAt && findings.takenAt >= key.revokedAt) throw new OfflineFault('KEY_REVOKED', kid)
  const store = await world.store(till)
  if (!store || store.currency !== sale.currency) throw new OfflineFault('WRONG_CURRENCY', sale.currency)
  checkBusinessDate(sale.businessDate, clock.takenAt, store)
  const policy = await world.policy(till, record.policyVersion)
  if (!policy) throw new OfflineFault('POLICY_UNKNOWN', String(record.policyVersion))
  checkPolicyNamed(policy, record)
  findings.policy = policy
  checkSkew(skewMs)
  findings.approvals = await readApprovals(world, till, sale.approvals)
  checkGiven({ ...till, at: clock.takenAt }, findings.approvals)
  const discounted = checked.priced.totals.discount > 0n
  const cashierRoles = discounted ? await world.roles(till, sale.cashierId) : []
  checkDiscount(checked.priced, cashierRoles, findings.approvals)
}

/**
 * Where a record stands whose content is refused, so that those behind it do not seem to stand behind a gap. Only what
 * the till's own key has signed has a place.
 */
function placeOf({ isSignedBy }: OfflineWorld, compact: string, key: TillKey | undefined): RecordPlace | null {
  const claimed = readSignedText(compact, RECORD_CHARACTERS_MOST)
  if (!claimed || !key || !isSignedBy(compact, key.publicKey)) return null
  let content: unknown
  try {
    content = JSON.parse(claimed.payload)
  } catch {
    return null
  }
  const { sequence, previous } = (content ?? {}) as { readonly sequence?: unknown; readonly previous?: unknown }
  if (typeof sequence !== 'number' || !Number.isInteger(sequence) || sequence < 1 || sequence > MAX_SEQUENCE)
    return null
  if (typeof previous !== 'string' || !(sequence === 1 ? previous === '' : SHA_256.test(previous))) return null
  return { keyId: key.id, sequence, previous }
}
