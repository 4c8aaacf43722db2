import { expect, test } from 'vitest'
import { behaviourOf } from './sandbox-behaviour.ts'

const none = { timeoutPercent: 0, latePercent: 0, losePercent: 0, seed: 'seed' }

test('tokens say how a card behaves, then amounts do', () => {
  expect(behaviourOf({ id: 'a', amount: 1n }, 'tok_visa', none)).toEqual(['APPROVE', ''])
  expect(behaviourOf({ id: 'a', amount: 1n }, 'anything', none)).toEqual(['APPROVE', ''])
  expect(behaviourOf({ id: 'a', amount: 1n }, 'tok_expired_card', none)).toEqual(['DECLINE', 'expired_card'])
  expect(behaviourOf({ id: 'a', amount: 9951n }, 'tok_visa', none)).toEqual(['DECLINE', 'insufficient_funds'])
})

test('of many charges as many misbehave as the rates say, the same ones for the same seed', () => {
  const rates = { ...none, timeoutPercent: 5, latePercent: 5, losePercent: 10 }
  const all = (seed: string) =>
    Array.from(
      { length: 4_000 },
      (_, n) => behaviourOf({ id: `charge ${n}`, amount: 1n }, 'tok_visa', { ...rates, seed })[0],
    )
  const counted = (behaviour: string) => all('one').filter(one => one === behaviour).length / 4_000
  expect(counted('TIMEOUT')).toBeCloseTo(0.05, 1)
  expect(counted('LATE')).toBeCloseTo(0.05, 1)
  expect(counted('LOSE')).toBeCloseTo(0.1, 1)
  expect(all('one')).toEqual(all('one'))
  expect(all('one')).not.toEqual(all('two'))
})
