import type { OrderStatus } from './order.ts'

/** What can be done with an order that is open. */
export type OrderStep = 'CHANGE' | 'PARK' | 'RESUME' | 'CONFIRM' | 'PREPARE' | 'READY' | 'CANCEL' | 'COMPLETE'

const open = ['CREATED', 'CONFIRMED', 'PREPARING', 'READY'] as const
const stay = (from: readonly OrderStatus[]) => new Map(from.map(status => [status, status]))
const become = (to: OrderStatus, from: readonly OrderStatus[]) => new Map(from.map(status => [status, to]))

const steps: Readonly<Record<OrderStep, ReadonlyMap<OrderStatus, OrderStatus>>> = {
  CHANGE: stay(['CREATED', 'CONFIRMED']),
  PARK: stay(open),
  RESUME: stay(open),
  CONFIRM: become('CONFIRMED', ['CREATED']),
  PREPARE: become('PREPARING', ['CONFIRMED']),
  READY: become('READY', ['PREPARING']),
  CANCEL: become('CANCELLED', open),
  COMPLETE: become('COMPLETED', open),
}

/** Where a step leads; undefined where it is not open to an order of this status. */
export function stepFrom(status: OrderStatus, step: OrderStep): OrderStatus | undefined {
  return steps[step].get(status)
}
