import type { CurrencyCode } from '@tillgraph/rules/currency'
import { Refused } from './refused.ts'

/** A business. */
export interface Tenant {
  readonly tenantId: string
  readonly slug: string
  readonly name: string
  readonly country: string
  readonly defaultCurrency: CurrencyCode
  readonly createdAt: Date
  readonly version: number
}

const SLUG = /^[a-z0-9][a-z0-9-]{1,38}[a-z0-9]$/

const regionNames = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' })

/** The short name of a business, as it stands in addresses and is typed by its people. */
export function parseSlug(text: string): string {
  if (!SLUG.test(text) || text.includes('--'))
    throw new Refused('A short name is 3 to 40 lower-case letters, digits and single dashes.')
  return text
}

/** Two capital letters of ISO 3166 that mean a country today. */
export function parseCountry(text: string): string {
  // "XA" and the like are named "Pseudo-…", "ZZ" is the unknown region: neither is a place where a shop stands
  const name = /^[A-Z]{2}$/.test(text) ? regionNames.of(text) : undefined
  if (name === undefined || NO_COUNTRY.has(text)) throw new Refused('This is not a country of ISO 3166, such as CH.')
  return text
}

const NO_COUNTRY: ReadonlySet<string> = new Set(['ZZ', 'XA', 'XB', 'EU', 'EZ', 'UN', 'QO'])
