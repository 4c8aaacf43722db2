import { type CurrencyCode, isCurrencyCode } from '../currency.ts'
import { parseMoney } from '../money.ts'
import { OfflineFault, type OfflineFaultCode } from './fault.ts'
import { type JsonObject, malformed, readObject } from './json-reader.ts'
import { MAX_POLICY_VERSION } from './parse-record.ts'
import { type OfflineTenderKind, tenderKinds } from './record.ts'
import { UUID } from './shapes.ts'
import { amount, instant, ruleFaultsAreMalformed } from './values.ts'

/** `typ` of the JWS, signed by identity, that hands a store's policy to its tills. */
export const OFFLINE_POLICY_TYPE = 'tillgraph-offline-policy'

export const WARN_AFTER_HOURS = 24
export const EXPIRE_AFTER_HOURS = 72
export const EXPIRE_AFTER_HOURS_MOST = 24 * 30
export const OFFLINE_SALES_MOST = 10_000

/** Gift cards and store credit can be spent twice at two tills that do not hear of each other. */
export const tenderKindsByDefault: readonly OfflineTenderKind[] = ['CASH', 'CARD', 'MOBILE']

const MILLISECONDS_PER_HOUR = 3_600_000

/** What a store lets its tills do without a network. Versions are kept for ever: a record is held to the one it names. */
export interface OfflinePolicy {
  readonly tenantId: string
  readonly storeId: string
  readonly version: number
  readonly enabled: boolean
  readonly currency: CurrencyCode
  /** Decimal strings with the digits of the currency. Of one sale, with its tips. */
  readonly perSaleMax: string
  /** Of all sales of a till that the server has not answered for. */
  readonly perDeviceMax: string
  /** How many sales a till may hold that the server has not answered for. */
  readonly countMax: number
  /** A till warns when its oldest unsent sale is this old. */
  readonly warnAfterHours: number
  /** A till takes no more, and the server refuses a sale, when it is this old before it is handed in. */
  readonly expireAfterHours: number
  readonly tenderKinds: readonly OfflineTenderKind[]
  /** ISO 8601: a till must have fetched the policy anew by then, by its own clock. */
  readonly validUntil: string
}

/** What a till holds that the server has not answered for, before the sale in question. */
export interface RunningSums {
  readonly count: number
  /** Sum of CheckedSale.value, minor units. */
  readonly value: bigint
}

/** A sale as far as the policy looks at it. */
export interface SaleUnderPolicy {
  readonly takenAt: number
  readonly currency: CurrencyCode
  /** CheckedSale.value. */
  readonly value: bigint
  readonly tenderKinds: readonly OfflineTenderKind[]
  /** When the server got it; left out by a till that is about to take it. */
  readonly receivedAt?: number | undefined
}

/** Why a sale may not be taken, or not be let in; undefined when it may. The first reason in a fixed order. */
export function policyFault(
  sale: SaleUnderPolicy,
  policy: OfflinePolicy,
  held: RunningSums,
): OfflineFaultCode | undefined {
  const limit = (amount: string) => parseMoney(amount, policy.currency).minor
  if (!policy.enabled) return 'POLICY_OFF'
  if (sale.currency !== policy.currency) return 'WRONG_CURRENCY'
  if (sale.takenAt > Date.parse(policy.validUntil)) return 'POLICY_STALE'
  if (sale.tenderKinds.some(kind => !policy.tenderKinds.includes(kind))) return 'TENDER_NOT_ALLOWED'
  if (sale.value > limit(policy.perSaleMax)) return 'BEYOND_SALE_LIMIT'
  if (held.count + 1 > policy.countMax) return 'BEYOND_COUNT_LIMIT'
  if (held.value + sale.value > limit(policy.perDeviceMax)) return 'BEYOND_DEVICE_LIMIT'
  if (sale.receivedAt !== undefined && sale.receivedAt - sale.takenAt > expiryMs(policy)) return 'TOO_LATE'
  return undefined
}

/** How long sales have been waiting, by the oldest that the server has not answered for. */
export type WaitingState = 'FRESH' | 'WARN' | 'EXPIRED'

export function waitingState(policy: OfflinePolicy, oldestTakenAt: number | undefined, now: number): WaitingState {
  if (oldestTakenAt === undefined) return 'FRESH'
  const waited = now - oldestTakenAt
  if (waited >= expiryMs(policy)) return 'EXPIRED'
  return waited >= policy.warnAfterHours * MILLISECONDS_PER_HOUR ? 'WARN' : 'FRESH'
}

/** The policy that a JWS carried. Throws MALFORMED_RECORD. */
export function parseOfflinePolicy(payload: unknown): OfflinePolicy {
  return ruleFaultsAreMalformed(() => readObject(payload, 'policy', readPolicy))
}

function readPolicy(object: JsonObject): OfflinePolicy {
  const currency = object.text('currency', /^[A-Z]{3}$/)
  if (!isCurrencyCode(currency)) malformed('policy.currency')
  const kinds = object.texts('tenderKinds', tenderKinds.length, /^[A-Z_]{1,20}$/)
  const policy: OfflinePolicy = {
    tenantId: object.text('tenantId', UUID),
    storeId: object.text('storeId', UUID),
    version: object.whole('version', 1, MAX_POLICY_VERSION),
    enabled: object.flag('enabled'),
    currency,
    perSaleMax: amount(object, 'perSaleMax', currency),
    perDeviceMax: amount(object, 'perDeviceMax', currency),
    countMax: object.whole('countMax', 1, OFFLINE_SALES_MOST),
    warnAfterHours: object.whole('warnAfterHours', 1, EXPIRE_AFTER_HOURS_MOST),
    expireAfterHours: object.whole('expireAfterHours', 1, EXPIRE_AFTER_HOURS_MOST),
    tenderKinds: kinds.map(kind => tenderKinds.find(known => known === kind) ?? malformed('policy.tenderKinds')),
    validUntil: instant(object, 'validUntil'),
  }
  return policy
}

/** Throws POLICY_UNKNOWN when a record names another store's policy, or another version than the one at hand. */
export function checkPolicyNamed(policy: OfflinePolicy, record: { storeId: string; policyVersion: number }): void {
  if (policy.storeId !== record.storeId || policy.version !== record.policyVersion)
    throw new OfflineFault('POLICY_UNKNOWN', String(record.policyVersion))
}

function expiryMs(policy: OfflinePolicy): number {
  return policy.expireAfterHours * MILLISECONDS_PER_HOUR
}
