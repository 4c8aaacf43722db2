import { expect, test } from 'vitest'
import { ask } from './processor.ts'

test('an answer that comes in time is taken', async () => {
  expect(
    await ask(
      1_000,
      async () => 'yes',
      () => {},
    ),
  ).toBe('yes')
})

test('what is too late, or fails, leaves the outcome unknown', async () => {
  const failures: unknown[] = []
  expect(
    await ask(
      5,
      () => new Promise(() => {}),
      error => failures.push(error),
    ),
  ).toEqual({ outcome: 'UNKNOWN' })
  expect(failures).toEqual([])
  const failure = new Error('the line is dead')
  expect(
    await ask(
      1_000,
      () => Promise.reject(failure),
      error => failures.push(error),
    ),
  ).toEqual({ outcome: 'UNKNOWN' })
  expect(failures).toEqual([failure])
})
