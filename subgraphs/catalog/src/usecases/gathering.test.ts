import { expect, test } from 'vitest'
import { createGathering } from './gathering.ts'

const double = async (items: readonly number[]) => items.map(item => item * 2)

test('what is gathered is done together, once all is known', async () => {
  const batches: (readonly number[])[] = []
  const gathering = createGathering(3, (items: readonly number[]) => {
    batches.push(items)
    return double(items)
  })
  const results = [gathering.add(1), gathering.orNot(async () => 77), gathering.orNot(add => add(3))]
  expect(await Promise.all(results)).toEqual([2, 77, 6])
  expect(batches).toEqual([[1, 3]])
})

test('nothing is done when nothing needs it', async () => {
  const gathering = createGathering(1, () => Promise.reject(new Error('must not be called')))
  expect(await gathering.orNot(async () => 'known')).toBe('known')
})

test('nothing is done when one of them fails before', async () => {
  let done = false
  const gathering = createGathering(2, async (items: readonly number[]) => {
    done = true
    return items
  })
  gathering.add(1).catch(() => {})
  await expect(gathering.orNot(() => Promise.reject(new Error('cannot be looked up')))).rejects.toThrow('looked up')
  expect(done).toBe(false)
})

test('a failure of the work is a failure of each', async () => {
  const gathering = createGathering(2, () => Promise.reject(new Error('failed')))
  const settled = await Promise.allSettled([gathering.add(1), gathering.add(2)])
  expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
})
