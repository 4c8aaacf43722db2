import { expect, test } from 'vitest'
import type { Benchmark } from './benchmark.ts'
import { settingsFrom } from './options.ts'

const benchmark: Benchmark = {
  name: 'sample',
  summary: '',
  defaults: { rounds: 3, seconds: 2, concurrency: [1, 32] },
  flags: { mine: 'the real one too' },
  prepare: () => Promise.reject(new Error('not to be prepared')),
}
const read = (...args: string[]) => settingsFrom(benchmark, args, () => {})

test('what is not given is as the benchmark wants it', () => {
  const settings = read()
  expect([settings.rounds, settings.seconds, settings.concurrency]).toEqual([3, 2, [1, 32]])
  expect(settings.flags.has('mine')).toBe(false)
  expect([settings.subjects, settings.cases]).toEqual([undefined, undefined])
})

test('what is given is taken', () => {
  const settings = read('--rounds', '5', '--concurrency', '1,8', '--only', 'ours,stock', '--cases', 'small', '--mine')
  expect([settings.rounds, settings.concurrency]).toEqual([5, [1, 8]])
  expect(settings.flags.has('mine')).toBe(true)
  expect([settings.subjects, settings.cases]).toEqual([['ours', 'stock'], ['small']])
})

test('a figure out of bounds and an unknown option are refused', () => {
  expect(() => read('--concurrency', '0')).toThrow('whole numbers from 1')
  expect(() => read('--seconds', '100000')).toThrow('whole numbers from 1 to 600')
  expect(() => read('--rounds', 'many')).toThrow('not many')
  expect(() => read('--nonsense')).toThrow()
})
