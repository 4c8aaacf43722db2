import { parseArgs } from 'node:util'
import type { Benchmark, Settings } from './benchmark.ts'
import { MAX_CONCURRENCY, MAX_SECONDS } from './load-process.ts'

const MAX_ROUNDS = 100

/** Reads a benchmark's options; a mistake is told in one sentence. */
export function settingsFrom(benchmark: Benchmark, args: readonly string[], say: (line: string) => void): Settings {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      concurrency: { type: 'string' },
      only: { type: 'string' },
      cases: { type: 'string' },
      ...Object.fromEntries(Object.keys(benchmark.flags ?? {}).map(flag => [flag, { type: 'boolean' as const }])),
    },
  })
  const given = values as Record<string, string | boolean | undefined>
  const only = list(given.only)
  const cases = list(given.cases)
  return {
    rounds: whole('--rounds', given.rounds, benchmark.defaults.rounds, MAX_ROUNDS),
    seconds: whole('--seconds', given.seconds, benchmark.defaults.seconds, MAX_SECONDS),
    concurrency:
      list(given.concurrency)?.map(one =>
        whole('--concurrency', one, 1, benchmark.concurrencyMost ?? MAX_CONCURRENCY),
      ) ?? benchmark.defaults.concurrency,
    flags: new Set(Object.keys(benchmark.flags ?? {}).filter(flag => given[flag] === true)),
    say,
    ...(only === undefined ? {} : { subjects: only }),
    ...(cases === undefined ? {} : { cases }),
  }
}

function list(value: string | boolean | undefined): string[] | undefined {
  return typeof value === 'string' ? value.split(',').map(part => part.trim()) : undefined
}

function whole(name: string, value: string | boolean | undefined, otherwise: number, most: number): number {
  if (value === undefined) return otherwise
  const number = Number(value)
  if (!Number.isInteger(number) || number < 1 || number > most) {
    throw new Error(`${name} takes whole numbers from 1 to ${most}, not ${value}`)
  }
  return number
}
