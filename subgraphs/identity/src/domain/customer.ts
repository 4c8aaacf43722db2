import { parseNoteText } from '@tillgraph/rules/names'
import { parseText } from '@tillgraph/rules/text'
import { fold } from './fold.ts'
import { withoutCardNumber } from './store.ts'

/** Somebody who buys, as their row is. */
export interface Customer {
  readonly tenantId: string
  readonly id: string
  readonly name: string
  readonly nameKey: string
  readonly email: string | null
  readonly emailKey: string | null
  readonly phone: string | null
  readonly phoneKey: string | null
  readonly group: string | null
  readonly isTaxExempt: boolean
  readonly taxNumber: string | null
  readonly marketingConsent: boolean
  readonly marketingConsentChangedAt: Date | null
  readonly note: string
  readonly createdAt: Date
  readonly anonymisedAt: Date | null
  readonly version: number
}

const GROUP_CHARACTERS_MOST = 60
const SEARCH_CHARACTERS_MOST = 100

/** The least that a trigram can be found by. */
const TRIGRAM_CHARACTERS = 3

export function parseGroup(text: string): string {
  return parseText(text, GROUP_CHARACTERS_MOST)
}

export function parseCustomerNote(text: string): string {
  return withoutCardNumber(parseNoteText(text))
}

/** Everything by which a customer is found, in one text. */
export function searchTextOf(customer: {
  readonly nameKey: string
  readonly emailKey: string | null
  readonly phoneKey: string | null
}): string {
  return [customer.nameKey, customer.emailKey, customer.phoneKey].filter(part => part !== null).join(' ')
}

export type CustomerSearch =
  | { readonly kind: 'none' }
  /** One or two characters, which can only be the beginning of something. */
  | { readonly kind: 'prefix'; readonly text: string }
  | { readonly kind: 'similar'; readonly text: string }

/** What a search text asks for; digits written as a phone number are looked for as one. */
export function readSearch(text: string | null | undefined): CustomerSearch {
  const folded = fold((text ?? '').slice(0, SEARCH_CHARACTERS_MOST))
  const wanted = /^\+?[0-9 ()./-]+$/.test(folded) ? folded.replace(/[^0-9+]/g, '') : folded
  if (wanted === '') return { kind: 'none' }
  return { kind: Array.from(wanted).length < TRIGRAM_CHARACTERS ? 'prefix' : 'similar', text: wanted }
}
