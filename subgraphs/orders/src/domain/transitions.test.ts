import { expect, test } from 'vitest'
import type { OrderStatus } from './order.ts'
import { type OrderStep, stepFrom } from './transitions.ts'

const statuses: readonly OrderStatus[] = [
  'CREATED',
  'CONFIRMED',
  'PREPARING',
  'READY',
  'COMPLETED',
  'CANCELLED',
  'PARTLY_REFUNDED',
  'REFUNDED',
]

// every status by every step: what it becomes, or a dash where the step is not open to it
const table: Readonly<Record<OrderStep, string>> = {
  CHANGE: 'CREATED CONFIRMED - - - - - -',
  PARK: 'CREATED CONFIRMED PREPARING READY - - - -',
  RESUME: 'CREATED CONFIRMED PREPARING READY - - - -',
  CONFIRM: 'CONFIRMED - - - - - - -',
  PREPARE: '- PREPARING - - - - - -',
  READY: '- - READY - - - - -',
  CANCEL: 'CANCELLED CANCELLED CANCELLED CANCELLED - - - -',
  COMPLETE: 'COMPLETED COMPLETED COMPLETED COMPLETED - - - -',
}

for (const [step, row] of Object.entries(table))
  test(`${step} leads where it should from every status, and nowhere else`, () => {
    expect(statuses.map(status => stepFrom(status, step as OrderStep) ?? '-').join(' ')).toBe(row)
  })
