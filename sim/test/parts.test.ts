import { describe, expect, test } from 'vitest'
import { logConformance } from '../../client/test/offline/log-conformance.ts'
import { createHeap } from '../heap.ts'
import { createSimulatedDisk } from '../offline/memory-log.ts'
import { createFakeSignatures } from '../offline/signatures.ts'
import { createRandom } from '../random.ts'
import { Crash, createSchedule } from '../schedule.ts'

describe('the disk of a simulated till', () => {
  for (const { name, run } of logConformance)
    test(name, async () => {
      const disk = createSimulatedDisk()
      await run(log => disk.open(log))
    })
})

test('a heap gives out what comes first, whatever the order it was given in', () => {
  const random = createRandom(1)
  const heap = createHeap<number>((a, b) => a < b)
  const held: number[] = []
  for (let turn = 0; turn < 2_000; turn += 1) {
    if (random.chance(0.6)) {
      const value = random.below(1_000_000)
      heap.add(value)
      held.push(value)
    } else {
      held.sort((a, b) => a - b)
      expect(heap.first()).toBe(held[0])
      expect(heap.takeFirst()).toBe(held.shift())
    }
  }
})

test('whoever is let go on runs until they pause, through however many promises, before anybody else does', async () => {
  const schedule = createSchedule(createRandom(1), 0)
  const seen: string[] = []
  const task = (name: string) => async () => {
    for (let turn = 0; turn < 20; turn += 1) {
      await schedule.pause()
      seen.push(`${name} begins`)
      for (let promise = 0; promise < 30; promise += 1) await Promise.resolve()
      seen.push(`${name} ends`)
    }
  }
  for (const name of ['a', 'b', 'c']) schedule.spawn(task(name))
  await schedule.runOut(1_000_000_000)
  expect(schedule.steps).toBe(60)
  for (let at = 0; at < seen.length; at += 2) expect(seen[at + 1]).toBe(seen[at]?.replace('begins', 'ends'))
  expect(new Set(seen.slice(0, 20)).size).toBeGreaterThan(2)
})

test('sleepers wake in the order of time; who dies is gone, and any other error ends it all', async () => {
  const schedule = createSchedule(createRandom(2), 0)
  const woken: number[] = []
  for (const at of [5_000, 1_000, 3_000])
    schedule.spawn(async () => {
      await schedule.sleep(at * 1_000)
      woken.push(at)
    })
  schedule.spawn(async () => {
    throw new Crash('died')
  })
  await schedule.runOut(1_000_000_000)
  expect(woken).toEqual([1_000, 3_000, 5_000])
  schedule.spawn(async () => {
    await schedule.pause()
    throw new Error('a mistake')
  })
  await expect(schedule.runOut(2_000_000_000)).rejects.toThrow('a mistake')
})

test('a fake signature is its holder’s alone: not a character can be changed, and no other key fits', async () => {
  const { makeKey, cryptography, isSignedBy } = createFakeSignatures()
  const [key, other] = [await makeKey(createRandom(1)), await makeKey(createRandom(2))]
  const line = await cryptography.sign({ amount: '1.00' }, 'tillgraph-offline', key)
  expect(isSignedBy(line, key.publicKey)).toBe(true)
  expect(isSignedBy(line, other.publicKey)).toBe(false)
  for (let at = 0; at < line.length; at += 1) {
    const changed = line.slice(0, at) + (line[at] === 'A' ? 'B' : 'A') + line.slice(at + 1)
    expect(isSignedBy(changed, key.publicKey)).toBe(false)
  }
  expect(await cryptography.open(line, () => key.publicKey)).toEqual({
    content: { amount: '1.00' },
    typ: 'tillgraph-offline',
    kid: key.kid,
  })
  await expect(cryptography.open(line, () => other.publicKey)).rejects.toThrow()
})
