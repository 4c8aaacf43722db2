import type { CurrencyCode } from '../currency.ts'
import { RuleFault } from '../fault.ts'
import { formatMoney, parseMoney } from '../money.ts'
import { formatQuantity, parseQuantity } from '../quantity.ts'
import { formatPercent, parsePercent } from '../rate.ts'
import { OfflineFault } from './fault.ts'
import { type JsonObject, malformed } from './json-reader.ts'
import { ISO_INSTANT } from './shapes.ts'

// Each value has one spelling: what is read is written again and must be the same text.

export const AMOUNT = /^-?[0-9.]{1,24}$/

export function amount(
  object: JsonObject,
  name: string,
  currency: CurrencyCode,
  sign: 'any' | 'not-negative' = 'not-negative',
): string {
  const text = object.text(name, AMOUNT)
  return oneSpelling(text, formatMoney(parseMoney(text, currency, sign)), `${object.path}.${name}`)
}

export function quantity(object: JsonObject): string {
  const text = object.text('quantity', AMOUNT)
  return oneSpelling(text, formatQuantity(parseQuantity(text, 'positive')), `${object.path}.quantity`)
}

export function percent(object: JsonObject, name: string): string {
  const text = object.text(name, AMOUNT)
  return oneSpelling(text, formatPercent(parsePercent(text)), `${object.path}.${name}`)
}

/** ISO 8601 in UTC with milliseconds. */
export function instant(object: JsonObject, name: string): string {
  const text = object.text(name, ISO_INSTANT)
  const milliseconds = Date.parse(text)
  if (Number.isNaN(milliseconds)) malformed(`${object.path}.${name}`)
  return oneSpelling(text, new Date(milliseconds).toISOString(), `${object.path}.${name}`)
}

export function oneSpelling(text: string, spelled: string, path: string): string {
  return text === spelled ? text : malformed(path)
}

/** What a rule refuses while a record is read makes the record malformed. */
export function ruleFaultsAreMalformed<Value>(read: () => Value): Value {
  try {
    return read()
  } catch (error) {
    if (error instanceof RuleFault) throw new OfflineFault('MALFORMED_RECORD', error.code)
    throw error
  }
}
