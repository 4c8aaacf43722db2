import { expect, it } from 'vitest'
import { createTurns } from './turns.ts'

function gate() {
  let open = () => {}
  const opened = new Promise<void>(resolve => {
    open = resolve
  })
  return { open, opened }
}

it('runs work of one key one after another, the lowest of what waits first', async () => {
  const inTurn = createTurns()
  const first = gate()
  const done: string[] = []
  const note = (place: string) => inTurn('a', place, async () => void done.push(place))
  const all = [inTurn('a', '5', () => first.opened.then(() => void done.push('5'))), note('9'), note('2'), note('7')]
  await Promise.resolve()
  expect(done).toEqual([])
  first.open()
  await Promise.all(all)
  expect(done).toEqual(['5', '2', '7', '9'])
})

it('runs work of different keys side by side', async () => {
  const inTurn = createTurns()
  const first = gate()
  const held = inTurn('a', '1', () => first.opened)
  await expect(inTurn('b', '1', async () => 'done')).resolves.toBe('done')
  first.open()
  await held
})

it('goes on after work that failed', async () => {
  const inTurn = createTurns()
  const failing = inTurn('a', '1', () => Promise.reject(new Error('no')))
  const after = inTurn('a', '2', async () => 'done')
  await expect(failing).rejects.toThrow('no')
  await expect(after).resolves.toBe('done')
})
