import { describe, expect, test } from 'vitest'
import { logConformance } from '../../client/test/offline/log-conformance.ts'
import { createSimulatedDisk } from '../offline/memory-log.ts'
import { plants } from '../offline/options.ts'
import { simulateOffline } from '../offline/simulate.ts'

const SMALL = { tills: 5, sales: 100, plant: 'none' } as const
const KNOWN_SEEDS = 12
const NEW_SEEDS = 3
/** Within so many worlds a planted fault must show. */
const FOUND_WITHIN = 100
const TIMEOUT_MS = 180_000

const drawn = Number(process.env.SIM_SEED ?? Math.floor(Math.random() * 1_000_000) + 1_000)
console.info(`random worlds: SIM_SEED=${drawn}`)

describe('tills that are cut off for days, with crashes before and after every step', () => {
  const known = Array.from({ length: KNOWN_SEEDS }, (_, index) => index + 1)
  const fresh = Array.from({ length: NEW_SEEDS }, (_, index) => drawn + index)

  test.each([...known, ...fresh])(
    'seed %i: each sale and each charge at most once, none lost, ledger zero, stock reconciles, caps held',
    async seed => {
      const report = await simulateOffline({ seed, ...SMALL })
      expect(report.faults).toEqual([])
      expect(report.sales).toBeGreaterThan(SMALL.sales / 2)
      expect(report.accepted).toBeGreaterThan(0)
      expect(report.captured).toBeGreaterThan(0)
    },
    TIMEOUT_MS,
  )

  test(
    'a seed replays identically, and another one does not',
    async () => {
      const [first, second, other] = [
        await simulateOffline({ seed: 7, ...SMALL }),
        await simulateOffline({ seed: 7, ...SMALL }),
        await simulateOffline({ seed: 8, ...SMALL }),
      ]
      expect(second).toEqual(first)
      expect(other.digest).not.toBe(first.digest)
    },
    TIMEOUT_MS,
  )

  const wanted: Readonly<Record<string, RegExp>> = {
    'no-look-up': /was charged 2 times/,
    'no-inbox': /left of/,
    'no-limits': /too much for one|more than/,
  }

  test.each(plants.filter(plant => plant !== 'none'))(
    'a planted fault (%s) is found',
    async plant => {
      let found = ''
      for (let seed = 1; seed <= FOUND_WITHIN && found === ''; seed += 1) {
        const { faults } = await simulateOffline({ seed, ...SMALL, plant })
        found = faults.find(fault => wanted[plant]?.test(fault)) ?? ''
      }
      expect(found).not.toBe('')
    },
    TIMEOUT_MS,
  )
})

describe('the disk of a simulated till', () => {
  for (const { name, run } of logConformance)
    test(name, async () => {
      const disk = createSimulatedDisk()
      await run(log => disk.open(log))
    })
})
