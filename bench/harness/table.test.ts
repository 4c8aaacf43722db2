import { expect, test } from 'vitest'
import type { Point } from './benchmark.ts'
import { table } from './table.ts'

const point = (subject: string, per_second: number, cpu?: number): Point => ({
  subject,
  case: 'list',
  concurrency: 32,
  figures: {
    per_second,
    median_ms: 1.234,
    p99_ms: 12.34,
    ...(cpu === undefined ? {} : { cpu_us_per_step: cpu }),
    further: subject === 'ours' ? { fetches: 4 } : {},
  },
})

test('the reader sees every subject with its ratio to the baseline, and no empty column', () => {
  expect(table([point('rival', 100, 900), point('ours', 12_345, 30)], 'rival')).toBe(
    [
      '| case | at once | subject | per second |   × | median ms | p99 ms | CPU µs each | CPU × | fetches |',
      '|------|--------:|---------|-----------:|----:|----------:|-------:|------------:|------:|--------:|',
      '| list |      32 | rival   |        100 |   1 |      1.23 |   12.3 |         900 |     1 |         |',
      '| list |      32 | ours    |     12,345 | 123 |      1.23 |   12.3 |        30.0 |    30 |    4.00 |',
    ].join('\n'),
  )
})

test('without a baseline and without CPU times those columns are left out', () => {
  const text = table([point('rival', 100)], undefined)
  expect(text).not.toContain('CPU')
  expect(text).not.toContain('×')
})
