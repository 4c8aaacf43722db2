import { describe, expect, test } from 'vitest'
import { createGatherer, type GathererOptions } from './gather.ts'

const broken = new Error('the database is away')

function gatherer(run: (items: readonly string[]) => Promise<readonly string[]>, more = {}) {
  const options: GathererOptions<string, string> = {
    run,
    groupOf: item => item.slice(0, 1),
    keyOf: item => item,
    weightOf: () => 1,
    batchWeightMost: 3,
    batchesAtOnce: 1,
    waitingMost: 10,
    overfull: () => new Error('overfull'),
    oneMayBeAtFault: error => error !== broken,
    worthAnotherTry: error => (error as Error).message === 'lost',
    ...more,
  }
  return createGatherer(options)
}

function recorder(answer: (items: readonly string[]) => void = () => {}) {
  const batches: string[] = []
  const run = async (items: readonly string[]) => {
    batches.push(items.join(' '))
    await new Promise(resolve => setImmediate(resolve))
    answer(items)
    return items.map(item => item.toUpperCase())
  }
  return { batches, run }
}

describe('calls that come together', () => {
  test('share a batch, each with its own answer', async () => {
    const { batches, run } = recorder()
    const call = gatherer(run)
    expect(await Promise.all([call('a1'), call('a2'), call('a3')])).toEqual(['A1', 'A2', 'A3'])
    expect(batches).toEqual(['a1 a2 a3'])
  })

  test('are cut where a batch is full, and what comes meanwhile goes into the next', async () => {
    const { batches, run } = recorder()
    const call = gatherer(run)
    const first = ['a1', 'a2', 'a3', 'a4'].map(call)
    await new Promise(resolve => setImmediate(resolve))
    await Promise.all([...first, call('a5')])
    expect(batches).toEqual(['a1 a2 a3', 'a4 a5'])
  })

  test('of different groups never meet', async () => {
    const { batches, run } = recorder()
    const call = gatherer(run)
    await Promise.all([call('a1'), call('b1'), call('a2')])
    expect(batches.sort()).toEqual(['a1 a2', 'b1'])
  })

  test('of one key go one after another', async () => {
    const { batches, run } = recorder()
    const call = gatherer(run)
    await Promise.all([call('a1'), call('a1'), call('a2')])
    expect(batches).toEqual(['a1 a2', 'a1'])
  })

  test('are refused when too many wait', async () => {
    const { run } = recorder()
    const call = gatherer(run, { waitingMost: 2 })
    const waiting = [call('a1'), call('a2')]
    await expect(call('a3')).rejects.toThrow('overfull')
    expect(await Promise.all(waiting)).toEqual(['A1', 'A2'])
  })
})

describe('when a batch fails', () => {
  test('only the one at fault is refused', async () => {
    const { batches, run } = recorder(items => {
      if (items.includes('a2')) throw new Error('a2 is impossible')
    })
    const call = gatherer(run)
    const answers = await Promise.allSettled([call('a1'), call('a2'), call('a3')])
    expect(answers.map(answer => answer.status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(batches).toEqual(['a1 a2 a3', 'a1', 'a2', 'a3'])
  })

  test('one that lost is tried again, four times at the most', async () => {
    let losses = 4
    const { batches, run } = recorder(() => {
      if (losses-- > 0) throw new Error('lost')
    })
    const call = gatherer(run)
    expect(await call('a1')).toBe('A1')
    expect(batches).toHaveLength(5)
    losses = 100
    await expect(call('a2')).rejects.toThrow('lost')
    expect(batches).toHaveLength(10)
  })

  test('nobody is tried alone when it can be nobody’s fault', async () => {
    const { batches, run } = recorder(() => {
      throw broken
    })
    const call = gatherer(run)
    const answers = await Promise.allSettled([call('a1'), call('a2')])
    expect(answers.map(answer => answer.status)).toEqual(['rejected', 'rejected'])
    expect(batches).toEqual(['a1 a2'])
  })
})
