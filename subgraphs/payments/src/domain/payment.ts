/** Money taken for an order, by one means. */
export interface Payment {
  readonly id: string
  readonly orderId: string
  readonly tender: TenderKind
  readonly state: PaymentState
  readonly createdAt: Date
}

export type TenderKind = 'CASH' | 'CARD' | 'MOBILE' | 'STORE_CREDIT' | 'GIFT_CARD'

export type PaymentState = 'AUTHORISING' | 'CAPTURED' | 'DECLINED' | 'VOIDED'
