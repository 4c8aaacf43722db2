import { expect, test } from 'vitest'
import { createSlots } from './slots.ts'

test('so many go on at once and no more, in the order in which they came, whether they fail or not', async () => {
  const slots = createSlots(3)
  const [began, ends]: [number[], (() => void)[]] = [[], []]
  let running = 0
  let most = 0
  const all = Array.from({ length: 10 }, (_, n) =>
    slots.run(async () => {
      began.push(n)
      most = Math.max(most, ++running)
      await new Promise<void>(resolve => ends.push(resolve))
      running--
      if (n % 4 === 1) throw new Error('failed')
      return n
    }),
  )
  const outcomes = Promise.allSettled(all)
  for (let ended = 0; ended < 10; ended++) {
    await new Promise(resolve => setImmediate(resolve))
    expect(running).toBe(Math.min(3, 10 - ended))
    ends[ended]?.()
  }
  expect((await outcomes).map(({ status }) => status === 'fulfilled')).toEqual(all.map((_, n) => n % 4 !== 1))
  expect(began).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  expect(most).toBe(3)
  expect(await slots.run(async () => 'still open')).toBe('still open')
})

/** Something that goes on until it is told to end. */
function held() {
  let end = () => {}
  const ended = new Promise<void>(resolve => {
    end = resolve
  })
  return { work: () => ended, end }
}

const tick = () => new Promise(resolve => setImmediate(resolve))

test('a place that is left is taken by the next, and one who comes back goes before those who wait', async () => {
  const slots = createSlots(1)
  const said: string[] = []
  const [books, second] = [held(), held()]
  const first = slots.run(async slot => {
    said.push('first begins')
    await slot.outside(books.work)
    said.push('first goes on')
  })
  const others = [
    slots.run(async () => {
      said.push('second begins')
      await second.work()
    }),
    slots.run(async () => {
      said.push('third')
    }),
  ]
  await tick()
  expect(said).toEqual(['first begins', 'second begins'])
  books.end()
  await tick()
  expect(said, 'the only place is taken').toHaveLength(2)
  second.end()
  await Promise.all([first, ...others])
  expect(said).toEqual(['first begins', 'second begins', 'first goes on', 'third'])
})

test('no place is given back twice, by whoever leaves or is not waited for any longer', async () => {
  const slots = createSlots(1)
  const books = held()
  let late: Promise<void> | undefined
  await slots.run(async slot => {
    slot.leave()
    slot.leave()
  })
  // as where a time limit ends it before its own work has ended
  await slots.run(async slot => {
    late = slot.outside(books.work)
  })
  books.end()
  await late
  const running = [held(), held()]
  let began = 0
  const both = running.map(one =>
    slots.run(() => {
      began++
      return one.work()
    }),
  )
  await tick()
  expect(began).toBe(1)
  for (const one of running) one.end()
  await Promise.all(both)
})
