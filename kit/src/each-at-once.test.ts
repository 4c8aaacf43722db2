import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { eachAtOnce } from './each-at-once.ts'

test('does all, so many at a time', async () => {
  const done: number[] = []
  let now = 0
  let most = 0
  await eachAtOnce([5, 1, 4, 2, 3, 6], 2, async item => {
    most = Math.max(most, ++now)
    await sleep(item)
    done.push(item)
    now--
  })
  expect(done.toSorted()).toEqual([1, 2, 3, 4, 5, 6])
  expect(most).toBe(2)
  await eachAtOnce([], 2, async () => {
    throw new Error('nothing is there to do')
  })
})

test('begins nothing after a failure, and lets what is under way end', async () => {
  const ended: number[] = []
  const all = eachAtOnce([1, 2, 3, 4], 2, async item => {
    if (item === 1) throw new Error('one')
    await sleep(5)
    ended.push(item)
  })
  await expect(all).rejects.toThrow('one')
  expect(ended).toEqual([2])
})
