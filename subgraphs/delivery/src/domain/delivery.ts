/** The way of an order to its customer. */
export interface Delivery {
  readonly id: string
  readonly orderId: string
  readonly state: DeliveryState
  readonly createdAt: Date
}

export type DeliveryState = 'PENDING' | 'ASSIGNED' | 'PICKED_UP' | 'IN_TRANSIT' | 'DELIVERED' | 'FAILED' | 'RETURNED'
