import { RuleFault } from '@tillgraph/rules/fault'
import { OfflineFault, type OfflineFaultCode, offlineFaults } from '@tillgraph/rules/offline/fault'

/** Ways in which a till refuses a sale that never come up at the server. */
const tillRefusals = {
  SEND_FIRST:
    'This till holds sales that have waited for too long: connect it and let it send them before it sells on.',
  NO_NUMBERS: 'This till has no order numbers left: connect it to take new ones.',
  SALE_TOO_LONG: 'This sale has too many lines to be taken without a network: make two of it.',
  CANNOT_BE_PRICED: 'This basket cannot be priced.',
} as const

export type TillRefusalCode = OfflineFaultCode | keyof typeof tillRefusals

/** A sale that was not taken, and why; nothing of it was written down. */
export interface TillRefusal {
  readonly kind: 'REFUSED'
  readonly code: TillRefusalCode
  readonly message: string
}

export function tillRefusal(code: TillRefusalCode): TillRefusal {
  const message =
    code in offlineFaults
      ? offlineFaults[code as OfflineFaultCode].message
      : tillRefusals[code as keyof typeof tillRefusals]
  return { kind: 'REFUSED', code, message }
}

/** What a rule throws for input, as an answer; anything else is thrown on. */
export function refusalOf(error: unknown): TillRefusal {
  if (error instanceof OfflineFault) return tillRefusal(error.code)
  if (error instanceof RuleFault) return { kind: 'REFUSED', code: 'CANNOT_BE_PRICED', message: error.message }
  throw error
}
