import type { CurrencyCode } from '@tillgraph/rules/currency'
import { formatMoney, money, parseMoney } from '@tillgraph/rules/money'
import {
  EXPIRE_AFTER_HOURS,
  EXPIRE_AFTER_HOURS_MOST,
  OFFLINE_SALES_MOST,
  type OfflinePolicy,
  tenderKindsByDefault,
  WARN_AFTER_HOURS,
} from '@tillgraph/rules/offline/policy'
import type { OfflineTenderKind } from '@tillgraph/rules/offline/record'
import { defaultCeilings } from '@tillgraph/rules/role-limits'
import { field, optionalField, refuseField } from './problems.ts'

/** A version of a store's policy, as its row is. */
export interface StorePolicy {
  readonly tenantId: string
  readonly storeId: string
  readonly version: number
  readonly enabled: boolean
  readonly currency: CurrencyCode
  readonly perSaleMax: bigint
  readonly perDeviceMax: bigint
  readonly countMax: number
  readonly warnAfterHours: number
  readonly expireAfterHours: number
  readonly tenderKinds: readonly OfflineTenderKind[]
  readonly setBy: string
  readonly createdAt: Date
  /** When the next version took its place. */
  readonly replacedAt: Date | null
}

/** What a manager decides on. */
export type PolicyTerms = Omit<
  StorePolicy,
  'tenantId' | 'storeId' | 'version' | 'currency' | 'setBy' | 'createdAt' | 'replacedAt'
>

export interface PolicyInput {
  readonly enabled: boolean
  readonly perSaleMax?: string | null | undefined
  readonly perDeviceMax?: string | null | undefined
  readonly countMax?: number | null | undefined
  readonly warnAfterHours?: number | null | undefined
  readonly expireAfterHours?: number | null | undefined
  readonly tenderKinds?: readonly OfflineTenderKind[] | null | undefined
}

/** A tenth of what counts as a large amount: about 100 euro's worth. */
const SALES_IN_A_LARGE_AMOUNT = 10n
const SALES_OF_A_DEVICE = 50n
const DEFAULT_COUNT = 500
const MILLISECONDS_PER_HOUR = 3_600_000

/** What was given, over what held before, over what a store starts with. */
export function readTerms(input: PolicyInput, before: PolicyTerms | undefined, currency: CurrencyCode): PolicyTerms {
  const amount = (text: string) => parseMoney(text, currency, 'not-negative').minor
  const perSaleMax =
    optionalField('perSaleMax', input.perSaleMax, amount) ??
    before?.perSaleMax ??
    defaultCeilings(currency).large.minor / SALES_IN_A_LARGE_AMOUNT
  const perDeviceMax =
    optionalField('perDeviceMax', input.perDeviceMax, amount) ?? before?.perDeviceMax ?? perSaleMax * SALES_OF_A_DEVICE
  if (perDeviceMax < perSaleMax) refuseField('perDeviceMax', 'A till must be able to hold one sale.')
  const expireAfterHours = within(
    'expireAfterHours',
    input.expireAfterHours ?? before?.expireAfterHours ?? EXPIRE_AFTER_HOURS,
    EXPIRE_AFTER_HOURS_MOST,
  )
  const warnAfterHours = input.warnAfterHours ?? before?.warnAfterHours ?? Math.min(WARN_AFTER_HOURS, expireAfterHours)
  return {
    enabled: input.enabled,
    perSaleMax,
    perDeviceMax: field('perDeviceMax', () => money(perDeviceMax, currency).minor),
    countMax: within('countMax', input.countMax ?? before?.countMax ?? DEFAULT_COUNT, OFFLINE_SALES_MOST),
    warnAfterHours: within('warnAfterHours', warnAfterHours, expireAfterHours),
    expireAfterHours,
    tenderKinds: readKinds(input.tenderKinds ?? before?.tenderKinds ?? tenderKindsByDefault),
  }
}

/** Until when a till may sell by what it was handed at this moment: no sale of it can then be refused as too late. */
export function validUntil({ replacedAt, expireAfterHours }: StorePolicy, now: Date): Date {
  return new Date((replacedAt ?? now).getTime() + expireAfterHours * MILLISECONDS_PER_HOUR)
}

/** The policy as it is signed and as rules read it. */
export function writtenPolicy(policy: StorePolicy, now: Date): OfflinePolicy {
  const { tenantId, storeId, version, enabled, currency, countMax, warnAfterHours, expireAfterHours } = policy
  const write = (minor: bigint) => formatMoney(money(minor, currency))
  return {
    ...{ tenantId, storeId, version, enabled, currency },
    ...{ perSaleMax: write(policy.perSaleMax), perDeviceMax: write(policy.perDeviceMax) },
    ...{ countMax, warnAfterHours, expireAfterHours, tenderKinds: policy.tenderKinds },
    validUntil: validUntil(policy, now).toISOString(),
  }
}

function within(name: string, value: number, most: number): number {
  if (!Number.isInteger(value) || value < 1 || value > most) refuseField(name, `This is 1 to ${most}.`)
  return value
}

function readKinds(kinds: readonly OfflineTenderKind[]): OfflineTenderKind[] {
  const distinct = [...new Set(kinds)]
  if (distinct.length === 0) refuseField('tenderKinds', 'Name at least one; to take none, switch it off.')
  return distinct
}
