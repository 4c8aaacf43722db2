import fc from 'fast-check'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { defineEvent } from './event-contract.ts'
import { backoffMs, createQueue } from './queue-contract.ts'
import { createConsumersOf } from './subscriptions.ts'

it('waits between half and all of a time that doubles up to its most', () => {
  const retries = { attempts: 10, backoffFirstMs: 1_000, backoffMostMs: 60_000 }
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2_000 }), fc.double({ min: 0, max: 1, noNaN: true }), (tries, chance) => {
      const whole = Math.min(1_000 * 2 ** (tries - 1), 60_000)
      const wait = backoffMs(retries, tries, chance)
      expect(wait).toBeGreaterThanOrEqual(whole / 2)
      expect(wait).toBeLessThanOrEqual(whole)
    }),
  )
})

it.each(['Orders', 'a:b', '', 'a b'])('takes no queue by the name of %o', name => {
  expect(() => createQueue(name, z.object({}))).toThrow('named')
})

it.each(['orders.completed', 'orders.order.completed', 'orders.order.completed.v0', 'Orders.order.completed.v1'])(
  'takes no event by the name of %o',
  name => {
    expect(() => defineEvent(name, z.object({}))).toThrow('named')
  },
)

it('knows who hears an event', () => {
  const happened = { name: 'a.b.c.v1' }
  const consumersOf = createConsumersOf({ orders: [happened], payments: [happened, { name: 'a.b.d.v1' }] })
  expect(consumersOf('a.b.c.v1')).toEqual(['orders', 'payments'])
  expect(consumersOf('a.b.d.v1')).toEqual(['payments'])
  expect(consumersOf('a.b.e.v1')).toEqual([])
})
