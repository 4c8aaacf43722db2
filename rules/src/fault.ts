/** Every way a rule refuses, with the sentence a person reads. Codes are stable: callers and clients switch on them. */
export const faultMessages = {
  MALFORMED_DECIMAL: 'This is not a plain decimal number, such as 12.50.',
  TOO_MANY_DECIMALS: 'This number has more decimals than are kept here.',
  OUT_OF_BOUNDS: 'This number is too large.',
  NEGATIVE: 'This number must not be negative.',
  NOT_POSITIVE: 'This number must be more than zero.',
  UNKNOWN_CURRENCY: 'This is not a currency code of ISO 4217.',
  CURRENCY_MISMATCH: 'Amounts of different currencies cannot be put together.',
  NOTHING_TO_WEIGH: 'An amount cannot be spread over weights that are all zero.',
  TOO_MANY_LINES: 'This basket has more lines than one sale can hold.',
  TOO_MANY_TAX_RATES: 'A line can carry at most eight tax rates.',
  DUPLICATE_TAX_RATE: 'The same tax is named twice on one line.',
  DISCOUNT_BEYOND_ALL: 'A discount cannot be more than 100 %.',
  EMPTY_TEXT: 'This must not be empty.',
  TEXT_TOO_LONG: 'This text is too long.',
  FORBIDDEN_CHARACTER: 'This text holds a character that cannot be used here.',
  MALFORMED_BARCODE: 'This is not a barcode of this kind.',
  WRONG_CHECK_DIGIT: 'The check digit does not fit: please scan or type the number again.',
  MALFORMED_BARCODE_LAYOUT: 'This is not a layout of an EAN-13 with a price or a weight in it.',
  MALFORMED_ORDER_NUMBER: 'This is not an order number of this store.',
  MALFORMED_NUMBER_FORMAT: 'This format of order numbers cannot be used.',
  BLOCK_USED_UP: 'This register has no order numbers left.',
  MALFORMED_DATE: 'This is not a date, such as 2026-02-28.',
  MALFORMED_TIME_OF_DAY: 'A business day ends between 00:00 and 12:00.',
  MALFORMED_EMAIL_ADDRESS: 'This is not an e-mail address, such as anna@shop.example.',
  UNKNOWN_TIME_ZONE: 'This is not a time zone, such as Europe/Zurich.',
} as const

export type FaultCode = keyof typeof faultMessages

/**
 * The only error that rules throw for input. `detail` names the offender for logs and tests;
 * it may hold what a user typed, so it is not part of the message.
 */
export class RuleFault extends Error {
  readonly code: FaultCode
  readonly detail: string

  constructor(code: FaultCode, detail = '') {
    super(faultMessages[code])
    this.name = 'RuleFault'
    this.code = code
    this.detail = detail
  }
}
