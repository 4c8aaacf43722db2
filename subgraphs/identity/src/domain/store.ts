import { formatDayEnd, parseDayEnd } from '@tillgraph/rules/business-day'
import { holdsCardNumber } from '@tillgraph/rules/card-number'
import { type CurrencyCode, minorDigits } from '@tillgraph/rules/currency'
import { parseDecimal } from '@tillgraph/rules/decimal'
import { RuleFault } from '@tillgraph/rules/fault'
import { isTimeZone } from '@tillgraph/rules/local-time'
import { MAX_AMOUNT_MINOR } from '@tillgraph/rules/money'
import { parseNote, parseText } from '@tillgraph/rules/text'
import { field, optionalField, refuseField } from './problems.ts'
import { Refused } from './refused.ts'
import { parseCountry } from './tenant.ts'

/** A shop at a place, as its row is. */
export interface Store {
  readonly tenantId: string
  readonly id: string
  readonly name: string
  readonly nameKey: string
  readonly street: string | null
  readonly postalCode: string | null
  readonly city: string | null
  readonly region: string | null
  readonly country: string | null
  readonly currency: CurrencyCode
  readonly timeZone: string
  readonly dayEndMinutes: number
  readonly receiptHeader: string
  readonly receiptFooter: string
  readonly taxNumber: string | null
  readonly smallCeiling: bigint
  readonly largeCeiling: bigint
  readonly createdAt: Date
  readonly version: number
}

export interface AddressInput {
  readonly street: string
  readonly postalCode: string
  readonly city: string
  readonly region?: string | null | undefined
  readonly country: string
}

export interface CeilingsInput {
  readonly small: string
  readonly large: string
}

const RECEIPT_TEXT_CHARACTERS_MOST = 1_000
const ADDRESS_LINE_CHARACTERS_MOST = 200
const POSTAL_CODE_CHARACTERS_MOST = 20
const TAX_NUMBER_CHARACTERS_MOST = 40

export function parseTimeZone(text: string): string {
  if (!isTimeZone(text)) throw new RuleFault('UNKNOWN_TIME_ZONE', text.slice(0, 64))
  return text
}

/** Minutes after midnight; a day ends at midnight unless told. */
export function parseDayEndOf(text: string | null | undefined): number {
  return text === null || text === undefined ? 0 : parseDayEnd(text)
}

export const dayEndsAt = (store: Pick<Store, 'dayEndMinutes'>) => formatDayEnd(store.dayEndMinutes)

/** Printed on every receipt: several lines, and never a card number. */
export function parseReceiptText(text: string): string {
  return withoutCardNumber(parseNote(text, RECEIPT_TEXT_CHARACTERS_MOST))
}

export function parseTaxNumber(text: string): string {
  return parseText(text, TAX_NUMBER_CHARACTERS_MOST)
}

export function withoutCardNumber(text: string): string {
  if (holdsCardNumber(text)) throw new Refused('This text holds a card number, which must not be kept.')
  return text
}

/** The columns of an address, as they are all given together. */
export function parseAddress(name: string, given: AddressInput) {
  const line = (part: string, text: string, most: number) => field(`${name}.${part}`, () => parseText(text, most))
  return {
    street: line('street', given.street, ADDRESS_LINE_CHARACTERS_MOST),
    postalCode: line('postalCode', given.postalCode, POSTAL_CODE_CHARACTERS_MOST),
    city: line('city', given.city, ADDRESS_LINE_CHARACTERS_MOST),
    region:
      optionalField(`${name}.region`, given.region, text => parseText(text, ADDRESS_LINE_CHARACTERS_MOST)) ?? null,
    country: field(`${name}.country`, () => parseCountry(given.country)),
  }
}

/** What SMALL and LARGE are, in minor units of the store's currency. */
export function parseCeilings(name: string, given: CeilingsInput, currency: CurrencyCode) {
  const amount = (part: 'small' | 'large') =>
    field(`${name}.${part}`, () => parseDecimal(given[part], minorDigits(currency), MAX_AMOUNT_MINOR, 'not-negative'))
  const ceilings = { smallCeiling: amount('small'), largeCeiling: amount('large') }
  if (ceilings.smallCeiling > ceilings.largeCeiling)
    refuseField(`${name}.large`, 'The large ceiling must not be below the small one.')
  return ceilings
}

/** What other subgraphs are told of a store. */
export function storeFacts(store: Omit<Store, 'tenantId'>) {
  return { storeId: store.id, currency: store.currency, timeZone: store.timeZone, dayEndsAt: dayEndsAt(store) }
}
