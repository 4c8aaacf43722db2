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
