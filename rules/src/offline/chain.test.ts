import fc from 'fast-check'
import { expect, test } from 'vitest'
import { forAll } from '../../test/random.ts'
import { type ChainLink, placeInChain } from './chain.ts'

const log: ChainLink[] = Array.from({ length: 12 }, (_, index) => ({
  sequence: index + 1,
  previous: index === 0 ? '' : `h${index}`,
  hash: `h${index + 1}`,
}))

const place = (link: ChainLink, known: readonly ChainLink[]) =>
  placeInChain(link, {
    same: known.find(({ sequence }) => sequence === link.sequence),
    before: known.find(({ sequence }) => sequence === link.sequence - 1),
    after: known.find(({ sequence }) => sequence === link.sequence + 1),
  })

test('a log handed in as it was written follows on, one by one', () => {
  expect(log.map((link, index) => place(link, log.slice(0, index)))).toEqual(log.map(() => 'NEXT'))
})

test('in whatever order a log comes, and however often, no honest record is ever a fork', () => {
  const orders = fc.shuffledSubarray([...log, ...log], { minLength: 24 })
  forAll(orders, order => {
    const known: ChainLink[] = []
    return order.every(link => {
      const seen = known.some(({ sequence }) => sequence === link.sequence)
      const where = place(link, known)
      if (!seen) known.push(link)
      return seen ? where === 'REPLAY' : where === 'NEXT' || where === 'GAP'
    })
  })
})

test('another record in a known place is a fork, wherever it stands', () => {
  for (const link of log) expect(place({ ...link, hash: 'other' }, log)).toBe('FORK')
})

test('a record that fits neither the one before nor the one after it is a fork', () => {
  const third = log[2]
  if (!third) throw new Error('The log has a third record')
  const around = log.filter(({ sequence }) => sequence !== 3)
  expect(place({ ...third, previous: 'other' }, around)).toBe('FORK')
  expect(place({ ...third, hash: 'other' }, around)).toBe('FORK')
  expect(place(third, around)).toBe('NEXT')
})

test('what comes before its predecessors shows a gap', () => {
  expect(log.slice(1).map(link => place(link, []))).toEqual(log.slice(1).map(() => 'GAP'))
})
