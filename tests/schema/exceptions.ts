import type { Fault } from './rules.ts'

/** A fault that is meant to be, and why. One that no longer occurs fails the test, so that the list stays true. */
export interface Exception extends Fault {
  readonly reason: string
}

const NO_TENANT = 'every table has tenant_id uuid not null'
const NOT_IN_PRIMARY_KEY = 'tenant_id comes first in the primary key'
const NOT_IN_UNIQUE_INDEX = 'tenant_id comes first in every unique index'

const SIGNING_KEY =
  'The keys that sign access tokens belong to the whole installation; no role is let to the table, only functions reach it.'
const SIGN_IN_THROTTLE =
  'Failed sign-ins are counted before any tenant is known; no role is let to the table, only functions reach it.'

export const EXCEPTIONS: readonly Exception[] = [
  { object: 'identity.signing_key', rule: NO_TENANT, reason: SIGNING_KEY },
  { object: 'identity.signing_key', rule: NOT_IN_PRIMARY_KEY, reason: SIGNING_KEY },
  { object: 'identity.signing_key identity.signing_key_one_each', rule: NOT_IN_UNIQUE_INDEX, reason: SIGNING_KEY },
  { object: 'identity.sign_in_throttle', rule: NO_TENANT, reason: SIGN_IN_THROTTLE },
  { object: 'identity.sign_in_throttle', rule: NOT_IN_PRIMARY_KEY, reason: SIGN_IN_THROTTLE },
  {
    object: 'identity.tenant identity.tenant_slug_taken',
    rule: NOT_IN_UNIQUE_INDEX,
    reason: 'The slug is how a business is found before its tenant is known: it is unique over all tenants.',
  },
]
