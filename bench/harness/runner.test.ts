import { expect, test } from 'vitest'
import type { Prepared, Settings, Subject } from './benchmark.ts'
import { measure } from './runner.ts'

function subjectOf(name: string, perRound: readonly number[], calls: string[]): Subject {
  let round = 0
  return {
    name,
    start: async () => void calls.push(`start ${name}`),
    stop: async () => void calls.push(`stop ${name}`),
    cases: [
      {
        name: 'list',
        warm: async () => void calls.push(`warm ${name}`),
        async measure({ seconds }) {
          calls.push(`measure ${name}`)
          const steps = (perRound[round++] ?? 0) * seconds
          if (steps < 0) throw new Error('a wrong answer')
          return { steps, seconds, median_ms: 1, p99_ms: 2, further: steps > 20 ? { refused: 3 } : {} }
        },
      },
    ],
  }
}

function settingsFor(rounds: number, chosen: Pick<Settings, 'subjects' | 'cases'> = {}): Settings {
  return { rounds, seconds: 2, concurrency: [1], flags: new Set(), say: () => {}, ...chosen }
}

function preparedOf(...subjects: Subject[]): Prepared {
  return { subjects, stop: async () => {}, conclude: () => ({ notes: [], json: {} }) }
}

test('subjects take turns, and the figures are the medians of the rounds', async () => {
  const calls: string[] = []
  const prepared = preparedOf(subjectOf('a', [10, 30, 20], calls), subjectOf('b', [1, 2, 3], calls))
  const results = await measure(prepared, settingsFor(3))
  expect(calls.filter(call => call.startsWith('measure')).map(call => call.slice(-1))).toEqual([...'ababab'])
  expect(results.of('a', 'list', 1)?.per_second).toBe(20)
  expect(results.of('a', 'list', 1)?.further).toEqual({ refused: 3 })
  expect(results.best('b', 'list')?.per_second).toBe(2)
  expect(results.of('b', 'list', 32)).toBeUndefined()
})

test('one wrong answer ends the run, names the place, and stops every subject', async () => {
  const calls: string[] = []
  const prepared = preparedOf(subjectOf('a', [10, 10], calls), subjectOf('b', [5, -1], calls))
  await expect(measure(prepared, settingsFor(2))).rejects.toThrow('b, list, 1 at once: a wrong answer')
  expect(calls.slice(-2)).toEqual(['stop a', 'stop b'])
})

test('subjects that were not asked for are never started', async () => {
  const calls: string[] = []
  const prepared = preparedOf(subjectOf('a', [1], calls), subjectOf('b', [1], calls))
  await measure(prepared, settingsFor(1, { subjects: ['b'] }))
  expect(calls).toEqual(['start b', 'warm b', 'measure b', 'stop b'])
})

test('a subject or case that does not exist is refused before anything starts', async () => {
  const calls: string[] = []
  const prepared = preparedOf(subjectOf('a', [1], calls))
  await expect(measure(prepared, settingsFor(1, { subjects: ['c'] }))).rejects.toThrow('--only has c')
  await expect(measure(prepared, settingsFor(1, { cases: ['lists'] }))).rejects.toThrow('--cases has lists')
  expect(calls).toEqual([])
})
