import type { CurrencyCode } from '@tillgraph/rules/currency'

/** A card or mobile payment, named by our own id, by which the processor charges it once however often it is asked. */
export interface Charge {
  readonly tenantId: string
  readonly id: string
  /** Its own name for it, where one is remembered. */
  readonly reference: string | null
  /** Minor units, the tip included. */
  readonly amount: bigint
  readonly currency: CurrencyCode
}

export interface RefundOrder {
  readonly id: string
  readonly amount: bigint
  readonly charge: Charge
}

export type Captured = {
  readonly outcome: 'CAPTURED'
  readonly reference: string
  readonly brand: string | null
  readonly lastFour: string | null
}

export type Declined = { readonly outcome: 'DECLINED'; readonly declineCode: string }

/** Nobody can say at this moment. */
export type Unknown = { readonly outcome: 'UNKNOWN' }

/** The processor has never heard of it. */
export type None = { readonly outcome: 'NONE' }

/**
 * Keeps the processor's name for a charge before any money moves; false when the payment is not wanted any more, and
 * then nothing may be charged.
 */
export type Remember = (reference: string) => Promise<boolean>

/**
 * Who carries out payments. Anything thrown means that the outcome is not known: it is looked up before anything is
 * sent again.
 */
export interface Processor {
  readonly name: string
  /** Authorises and captures in one. The token is the processor's own, never a card number. */
  charge(charge: Charge, token: string, remember: Remember): Promise<Captured | Declined | Unknown>
  lookUp(charge: Charge): Promise<Captured | Declined | None | Unknown>
  /** Undoes a charge, whether it was carried out or not; one that arrives later is refused. */
  void(charge: Charge): Promise<{ readonly outcome: 'VOIDED' } | Unknown>
  refund(refund: RefundOrder): Promise<{ readonly outcome: 'REFUNDED' } | Declined | Unknown>
  lookUpRefund(refund: RefundOrder): Promise<{ readonly outcome: 'REFUNDED' } | Declined | None | Unknown>
}

export interface Processors {
  /** Who carries out what names nobody. Undefined where none is set up. */
  readonly standard: string | undefined
  readonly names: readonly string[]
  find(name: string): Processor | undefined
}

const unknown: Unknown = { outcome: 'UNKNOWN' }

/** Waits for a processor so long and no longer; whatever goes wrong leaves the outcome unknown. */
export async function ask<Outcome>(
  timeoutMs: number,
  request: () => Promise<Outcome>,
  failed: (error: unknown) => void,
): Promise<Outcome | Unknown> {
  let timer: NodeJS.Timeout | undefined
  const tooLong = new Promise<Unknown>(resolve => {
    timer = setTimeout(resolve, timeoutMs, unknown)
  })
  try {
    return await Promise.race([request(), tooLong])
  } catch (error) {
    failed(error)
    return unknown
  } finally {
    clearTimeout(timer)
  }
}
