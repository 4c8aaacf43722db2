import { expect, test } from 'vitest'
import { createMemoryTransactions } from './memory-transactions.ts'

test('work of one key runs one after another, and what throws leaves nothing', async () => {
  const { run } = createMemoryTransactions({ pause: () => new Promise(resolve => setTimeout(resolve)) })
  const counts = new Map([['sold', 0]])
  const add = (fail: boolean) =>
    run('shop', async write => {
      const before = counts.get('sold') ?? 0
      await new Promise(resolve => setTimeout(resolve))
      write.set(counts, 'sold', before + 1)
      write.set(counts, 'last', before)
      if (fail) throw new Error('died')
    })
  const outcomes = await Promise.allSettled(Array.from({ length: 20 }, (_, index) => add(index % 2 === 1)))
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(10)
  expect([...counts]).toEqual([
    ['sold', 10],
    ['last', 9],
  ])
})

test('who dies right behind a commit has committed', async () => {
  const died = new Error('died')
  const { run } = createMemoryTransactions({ committed: () => Promise.reject(died) })
  const values = new Map<string, number>()
  await expect(run('shop', async write => write.set(values, 'one', 1))).rejects.toBe(died)
  expect(values.get('one')).toBe(1)
})

test('what is to be seen at the commit is not seen before it, and never where the work is undone', async () => {
  const seen: string[] = []
  const { run } = createMemoryTransactions({
    pause: async () => {
      seen.push('before the commit')
    },
  })
  await run('shop', async write => write.atCommit(() => seen.push('told')))
  await run('shop', async write => {
    write.atCommit(() => seen.push('never'))
    throw new Error('died')
  }).catch(() => seen.push('undone'))
  expect(seen).toEqual(['before the commit', 'told', 'undone'])
})
