/**
 * Every way in which a sale that was taken offline is refused, with the sentence a person reads. Codes are stable:
 * tills, servers and dashboards switch on them. `proves` says whether it proves that somebody tampered, or only that a
 * limit was passed, which a manager may let through knowing why.
 */
export const offlineFaults = {
  MALFORMED_RECORD: { proves: true, message: 'This is not a record of an offline sale.' },
  CARD_DATA: { proves: true, message: 'This record holds what looks like a card number: it must never be kept.' },
  UNKNOWN_KEY: { proves: true, message: 'This record is signed with a key that no till of this business has had.' },
  BAD_SIGNATURE: { proves: true, message: 'The signature does not fit: the record was changed after it was made.' },
  KEY_REVOKED: { proves: true, message: 'The key of this till had been revoked before this sale was taken.' },
  WRONG_REGISTER: { proves: true, message: 'This record names another till than the one whose key signed it.' },
  SEQUENCE_FORK: { proves: true, message: 'Another record of this till already stands in this place of its log.' },
  WRONG_TOTALS: { proves: true, message: 'The totals are not what these lines, taxes and discounts come to.' },
  WRONG_TENDERS: { proves: true, message: 'What was paid does not make up what was owed.' },
  WRONG_NUMBER: { proves: true, message: 'This order number was never given to this till, or is used already.' },
  WRONG_ORDER: { proves: true, message: 'This order was already sold as something else.' },
  WRONG_DAY: { proves: true, message: 'The business day does not fit the time at which the sale was taken.' },
  WRONG_ACKNOWLEDGEMENT: { proves: true, message: 'This record claims an answer that this till had not been given.' },
  FORGED_APPROVAL: { proves: true, message: 'An approval of this sale was not given by a manager of this store.' },
  APPROVAL_USED: { proves: true, message: 'An approval of this sale was used before, for another one.' },
  APPROVAL_MISSING: {
    proves: false,
    message: 'This sale needs the approval of a manager, and has none that covers it.',
  },
  CLOCK_OFF: { proves: false, message: 'The clock of this till was too far off.' },
  POLICY_UNKNOWN: { proves: true, message: 'This record names an offline policy that this store never had.' },
  POLICY_OFF: { proves: false, message: 'Selling offline was switched off in this store.' },
  POLICY_STALE: { proves: false, message: 'The offline policy of this till had run out when this sale was taken.' },
  WRONG_CURRENCY: { proves: true, message: 'This sale is in another currency than the store sells in.' },
  TENDER_NOT_ALLOWED: { proves: false, message: 'This means of payment is not taken offline in this store.' },
  BEYOND_SALE_LIMIT: { proves: false, message: 'This sale is more than one offline sale may come to.' },
  BEYOND_DEVICE_LIMIT: { proves: false, message: 'With this sale the till holds more than it may take offline.' },
  BEYOND_COUNT_LIMIT: { proves: false, message: 'With this sale the till holds more sales than it may take offline.' },
  TOO_LATE: { proves: false, message: 'This sale was handed in later than the policy of the store allows.' },
} as const

export type OfflineFaultCode = keyof typeof offlineFaults

/** What the rules of offline records throw for input. `detail` is for logs and tests, and is no part of the message. */
export class OfflineFault extends Error {
  readonly code: OfflineFaultCode
  readonly detail: string

  constructor(code: OfflineFaultCode, detail = '') {
    super(offlineFaults[code].message)
    this.name = 'OfflineFault'
    this.code = code
    this.detail = detail
  }
}

/** Whether a manager may let a refused record through: what only passed a limit did happen in the shop. */
export function mayBeAdmitted(code: OfflineFaultCode): boolean {
  return !offlineFaults[code].proves
}
