/** A sale, from its first line to its receipt. */
export interface Order {
  readonly id: string
  readonly storeId: string
  readonly number: string
  readonly status: OrderStatus
  readonly createdAt: Date
}

export type OrderStatus = 'CREATED' | 'CONFIRMED' | 'PREPARING' | 'READY' | 'COMPLETED' | 'CANCELLED'
