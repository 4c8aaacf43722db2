import { parseBusinessDate } from '../business-day.ts'
import { holdsCardNumber } from '../card-number.ts'
import { type CurrencyCode, isCurrencyCode } from '../currency.ts'
import { MAX_ORDER_NUMBER } from '../order-number.ts'
import { roundingModes } from '../rounding.ts'
import { formatUnitPrice, parseUnitPrice } from '../unit-price.ts'
import { OfflineFault } from './fault.ts'
import { type JsonObject, malformed, present, readObject } from './json-reader.ts'
import {
  OFFLINE_APPROVALS_MOST,
  OFFLINE_LEASES_MOST,
  OFFLINE_LINES_MOST,
  OFFLINE_TENDERS_MOST,
  type OfflineDiscount,
  type OfflineLine,
  type OfflineRecord,
  type OfflineSale,
  type OfflineTender,
  tenderKinds,
} from './record.ts'
import { APPROVAL_CHARACTERS_MOST, COMPACT_JWS, SHA_256, UUID } from './shapes.ts'
import { AMOUNT, amount, instant, oneSpelling, percent, quantity, ruleFaultsAreMalformed } from './values.ts'

export const MAX_SEQUENCE = 1_000_000_000
export const MAX_POLICY_VERSION = 1_000_000_000

const LINE_ID = /^[A-Za-z0-9-]{1,36}$/
const DIGITS = /^[1-9][0-9]{0,9}$/
const DATE = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/
const CURRENCY = /^[A-Z]{3}$/
/** What stands on a receipt: any characters but control characters. */
const printed = (most: number) => new RegExp(`^\\P{Cc}{1,${most}}$`, 'u')
const NAME = printed(200)
const SKU = printed(64)
const UNIT = printed(40)
const CODE = printed(64)
const LINE_NOTE = /^[^\p{Cs}]{1,200}$/u
const NOTE = /^[^\p{Cs}]{1,500}$/u
const TOKEN = /^[\x21-\x7e]{1,200}$/
const PROCESSOR = /^[a-z0-9_-]{1,40}$/
const BRAND = printed(40)
const LAST_FOUR = /^[0-9]{4}$/
const TAXES_MOST = 8

/** The record that a JWS carried. Throws OfflineFault: MALFORMED_RECORD, or CARD_DATA. Totals are not looked at. */
export function parseOfflineRecord(payload: string): OfflineRecord {
  let value: unknown
  try {
    value = JSON.parse(payload)
  } catch {
    malformed('record')
  }
  return ruleFaultsAreMalformed(() => readObject(value, 'record', readRecord))
}

function readRecord(object: JsonObject): OfflineRecord {
  const version = object.whole('version', 1, 1)
  if (version !== 1) malformed('record.version')
  const sequence = object.whole('sequence', 1, MAX_SEQUENCE)
  return {
    version,
    tenantId: object.text('tenantId', UUID),
    storeId: object.text('storeId', UUID),
    registerId: object.text('registerId', UUID),
    sequence,
    previous: object.text('previous', sequence === 1 ? /^$/ : SHA_256),
    acknowledged: object.whole('acknowledged', 0, sequence - 1),
    takenAt: instant(object, 'takenAt'),
    policyVersion: object.whole('policyVersion', 1, MAX_POLICY_VERSION),
    kind: object.oneOf('kind', ['sale']),
    sale: object.object('sale', readSale),
  }
}

function readSale(object: JsonObject): OfflineSale {
  const currency = object.text('currency', CURRENCY)
  if (!isCurrencyCode(currency)) malformed('record.sale.currency')
  const number = object.text('number', DIGITS)
  if (BigInt(number) > MAX_ORDER_NUMBER) malformed('record.sale.number')
  const lines = object.list('lines', OFFLINE_LINES_MOST, line => readLine(line, currency))
  const tenders = object.list('tenders', OFFLINE_TENDERS_MOST, tender => readTender(tender, currency))
  if (lines.length === 0) malformed('record.sale.lines')
  unique(lines, 'record.sale.lines')
  unique(tenders, 'record.sale.tenders')
  return {
    orderId: object.text('orderId', UUID),
    number,
    businessDate: parseBusinessDate(object.text('businessDate', DATE)),
    cashierId: object.text('cashierId', UUID),
    ...present({ customerId: object.optionalText('customerId', UUID) }),
    currency,
    prices: object.oneOf('prices', ['INCLUSIVE', 'EXCLUSIVE']),
    taxRounding: object.oneOf('taxRounding', ['LINE', 'RECEIPT']),
    roundingMode: object.oneOf('roundingMode', roundingModes),
    lines,
    ...present({ orderDiscount: object.optionalObject('orderDiscount', discount => readDiscount(discount, currency)) }),
    totals: object.object('totals', totals => ({
      ...amounts(totals, currency),
      cashRounding: amount(totals, 'cashRounding', currency, 'any'),
    })),
    ...present({ note: freeText(object, 'note', NOTE) }),
    tenders,
    approvals: object
      .texts('approvals', OFFLINE_APPROVALS_MOST, COMPACT_JWS)
      .map((approval, index) =>
        approval.length <= APPROVAL_CHARACTERS_MOST ? approval : malformed(`record.sale.approvals.${index}`),
      ),
    leases: object.list('leases', OFFLINE_LEASES_MOST, lease => ({
      leaseId: lease.text('leaseId', UUID),
      productId: lease.text('productId', UUID),
      quantity: quantity(lease),
    })),
  }
}

function readLine(object: JsonObject, currency: CurrencyCode): OfflineLine {
  const unitPrice = object.text('unitPrice', AMOUNT)
  oneSpelling(unitPrice, formatUnitPrice(parseUnitPrice(unitPrice, currency), currency), `${object.path}.unitPrice`)
  return {
    id: object.text('id', LINE_ID),
    productId: object.text('productId', UUID),
    sku: object.text('sku', SKU),
    name: object.text('name', NAME),
    ...present({ categoryId: object.optionalText('categoryId', UUID) }),
    quantity: quantity(object),
    unit: object.text('unit', UNIT),
    unitPrice,
    ...present({ lineDiscount: object.optionalObject('lineDiscount', discount => readDiscount(discount, currency)) }),
    ...amounts(object, currency),
    taxes: object.list('taxes', TAXES_MOST, tax => ({
      code: tax.text('code', CODE),
      name: tax.text('name', NAME),
      rate: percent(tax, 'rate'),
      compound: tax.flag('compound'),
      amount: amount(tax, 'amount', currency),
    })),
    ...present({ note: freeText(object, 'note', LINE_NOTE) }),
  }
}

function readDiscount(object: JsonObject, currency: CurrencyCode): OfflineDiscount {
  const share = object.optionalText('percent', AMOUNT)
  if (share === undefined) return { amount: amount(object, 'amount', currency) }
  return { percent: percent(object, 'percent') }
}

function readTender(object: JsonObject, currency: CurrencyCode): OfflineTender {
  const tip = object.optionalText('tip', AMOUNT)
  return {
    id: object.text('id', UUID),
    kind: object.oneOf('kind', tenderKinds),
    amount: amount(object, 'amount', currency),
    ...(tip === undefined ? {} : { tip: amount(object, 'tip', currency) }),
    ...present({
      token: freeText(object, 'token', TOKEN),
      processor: object.optionalText('processor', PROCESSOR),
      brand: freeText(object, 'brand', BRAND),
      lastFour: object.optionalText('lastFour', LAST_FOUR),
    }),
  }
}

function amounts(object: JsonObject, currency: CurrencyCode) {
  return {
    gross: amount(object, 'gross', currency),
    discount: amount(object, 'discount', currency),
    net: amount(object, 'net', currency),
    tax: amount(object, 'tax', currency),
    total: amount(object, 'total', currency),
  }
}

/** Only a text in which people and terminals could have put a card number is searched for one. */
function freeText(object: JsonObject, name: string, shape: RegExp): string | undefined {
  const text = object.optionalText(name, shape)
  if (text !== undefined && holdsCardNumber(text)) throw new OfflineFault('CARD_DATA', `${object.path}.${name}`)
  return text
}

function unique(things: readonly { readonly id: string }[], path: string): void {
  if (new Set(things.map(({ id }) => id)).size !== things.length) malformed(path)
}
