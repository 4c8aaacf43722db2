import { describe, expect, test } from 'vitest'
import { mayReceive, openOf, stateAfterReceipt, stepFrom, totalOf } from './purchase-order.ts'

describe('a purchase order', () => {
  test('goes from draft to sent, and ends once', () => {
    expect(stepFrom('DRAFT', 'SEND')).toBe('SENT')
    expect(stepFrom('SENT', 'SEND')).toBeUndefined()
    expect(stepFrom('PARTLY_RECEIVED', 'CLOSE')).toBe('CLOSED')
    expect(stepFrom('DRAFT', 'CLOSE')).toBeUndefined()
    for (const ended of ['RECEIVED', 'CLOSED', 'CANCELLED'] as const)
      for (const step of ['SEND', 'CLOSE', 'CANCEL'] as const) expect(stepFrom(ended, step)).toBeUndefined()
  })

  test('cannot be cancelled once goods have come', () => {
    expect(stepFrom('SENT', 'CANCEL')).toBe('CANCELLED')
    expect(stepFrom('PARTLY_RECEIVED', 'CANCEL')).toBeUndefined()
  })

  test('takes goods after it was sent and until it has ended', () => {
    expect(
      (['DRAFT', 'SENT', 'PARTLY_RECEIVED', 'RECEIVED', 'CLOSED', 'CANCELLED'] as const).filter(mayReceive),
    ).toEqual(['SENT', 'PARTLY_RECEIVED'])
  })

  test('is received when nothing is open any more', () => {
    const whole = { ordered: 3_000n, received: 3_000n }
    const part = { ordered: 2_500n, received: 250n }
    expect(openOf(part)).toBe(2_250n)
    expect(stateAfterReceipt([whole, part])).toBe('PARTLY_RECEIVED')
    expect(stateAfterReceipt([whole, whole])).toBe('RECEIVED')
  })

  test('costs its lines, each rounded half away from zero', () => {
    const line = { purchaseOrderId: '', productId: '', received: 0n, currency: 'EUR' } as const
    // 3 at 0.0125 are 0.0375, a half cent of them at 0.005 is rounded up
    const lines = [
      { ...line, ordered: 3_000n, unitCost: 1_250n },
      { ...line, ordered: 1_000n, unitCost: 500n },
    ]
    expect(totalOf(lines, 'EUR')).toEqual({ minor: 5n, currency: 'EUR' })
  })
})
