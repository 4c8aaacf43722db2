import { expect, it } from 'vitest'
import { systemClock } from '../clock.ts'
import { createLog } from '../log.ts'
import type { EventJob } from './event-job.ts'
import type { RawQueue } from './queue.ts'
import { createRelayCare } from './relay-care.ts'
import type { RelayOutbox } from './relay-outbox.ts'

/** A relay's surroundings in memory; moments are the names '01', '02' and so on. */
function surroundings() {
  const state = {
    marker: undefined as string | undefined,
    leads: true,
    time: 0,
    handed: [] as string[],
    /** What happens while events are handed over. */
    meanwhile: () => {},
  }
  const sent = (name: string) => ({ id: name }) as EventJob
  const care = createRelayCare({
    outbox: {
      batchesDone: async () => {
        state.handed.push('waited')
      },
      before: async (moment: string) => moment,
      async *sentSince(since: string) {
        yield [sent(`since ${since}`)]
      },
    } as unknown as RelayOutbox,
    lead: {
      now: async () => (state.leads ? String(++state.time).padStart(2, '0') : undefined),
      close: async () => {},
    },
    marker: {
      read: async () => state.marker,
      place: async until => {
        state.marker = until
      },
      advance: async until => {
        if (state.marker === undefined) throw new Error('gone')
        state.marker = until
      },
    },
    hand: async events => {
      state.handed.push(...events.map(({ id }) => id))
      state.meanwhile()
    },
    queueOf: () => ({}) as RawQueue,
    consumersOf: () => [],
    clock: systemClock,
    log: createLog('test', 'silent'),
  })
  return { state, care }
}

it('fills queues that have no marker with all that is kept, once batches in hand are through', async () => {
  const { state, care } = surroundings()
  expect(await care.check()).toBe(false)
  expect(state.handed).toEqual(['waited', 'since -infinity'])
  expect(await care.check()).toBe(true)
  expect(state.handed).toHaveLength(2)
})

it('queues again, at the start, only what came after the marker of the relay before it', async () => {
  const { state, care } = surroundings()
  state.marker = '00'
  await care.check()
  expect(state.handed).toEqual(['waited', 'since 00'])
})

it('moves the marker on while all is well', async () => {
  const { state, care } = surroundings()
  await care.check()
  const seen = []
  for (let i = 0; i < 3; i++) {
    expect(await care.check()).toBe(true)
    seen.push(state.marker)
  }
  expect(seen).toEqual(['03', '04', '05'])
})

it('queues again what came after an older copy that the queues were restored from', async () => {
  const { state, care } = surroundings()
  await care.check()
  await care.check()
  const older = state.marker
  await care.check()
  state.marker = older
  state.handed.length = 0
  expect(await care.check()).toBe(false)
  expect(state.handed).toEqual(['waited', `since ${older}`])
})

it('fills queues again that were emptied while it filled them', async () => {
  const { state, care } = surroundings()
  state.meanwhile = () => {
    state.marker = undefined
    state.meanwhile = () => {}
  }
  await expect(care.check()).rejects.toThrow('gone')
  expect(await care.check()).toBe(false)
  expect(state.handed).toEqual(['waited', 'since -infinity', 'waited', 'since -infinity'])
  expect(await care.check()).toBe(true)
})

it('begins anew, from where it was, when filling was broken off', async () => {
  const { state, care } = surroundings()
  state.marker = '00'
  state.meanwhile = () => {
    state.meanwhile = () => {}
    throw new Error('Redis is away')
  }
  await expect(care.check()).rejects.toThrow('away')
  await care.check()
  expect(state.handed).toEqual(['waited', 'since 00', 'waited', 'since 00'])
})

it('does nothing while another relay leads, and looks closely once it leads again', async () => {
  const { state, care } = surroundings()
  await care.check()
  state.leads = false
  const before = state.marker
  expect(await care.check()).toBe(false)
  expect(state.marker).toBe(before)
  state.leads = true
  state.marker = '99'
  state.handed.length = 0
  expect(await care.check()).toBe(false)
  expect(state.handed).toEqual(['waited', 'since 99'])
})
