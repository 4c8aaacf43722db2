import { expect, test } from 'vitest'
import { plants } from '../offline/options.ts'
import { signaturesOf, simulateOffline } from '../offline/simulate.ts'
import { replay } from '../progress.ts'

const SMALL = { tills: 5, sales: 100, plant: 'none', crypto: 'drawn' } as const
const KNOWN_SEEDS = 12
/** With the known ones some 20 seconds of one processor. */
const FRESH_SEEDS = 120
/** Within so many worlds a planted fault must show. */
const FOUND_WITHIN = 100
const TIMEOUT_MS = 600_000

const drawn = Number(process.env.SIM_SEED ?? Math.floor(Math.random() * 1_000_000) + 1_000)

test.each([
  ['known', 1, KNOWN_SEEDS],
  ['fresh', drawn, FRESH_SEEDS],
])(
  '%s worlds of tills that are cut off for days, who die before and after every step: each sale and each charge at most once, none lost, ledger zero, stock reconciles, caps held',
  async (_, first, count) => {
    console.info(`worlds ${first} to ${first + count - 1}: SIM_SEED=${first}`)
    const faults: string[] = []
    for (let seed = first; seed < first + count; seed += 1) {
      const report = await simulateOffline({ seed, ...SMALL })
      if (report.faults.length > 0) faults.push(`${report.faults[0]}: ${replay(seed, SMALL)}`)
      expect(report.sales).toBeGreaterThan(SMALL.sales / 2)
      expect(report.accepted).toBeGreaterThan(0)
      expect(report.captured).toBeGreaterThan(0)
    }
    expect(faults).toEqual([])
  },
  TIMEOUT_MS,
)

test.each(['real', 'fake'] as const)(
  'a world with %s signatures replays identically, and another one does not',
  async crypto => {
    const first = await simulateOffline({ seed: 7, ...SMALL, crypto })
    const second = await simulateOffline({ seed: 7, ...SMALL, crypto })
    const other = await simulateOffline({ seed: 8, ...SMALL, crypto })
    expect(second).toEqual(first)
    expect(other.digest).not.toBe(first.digest)
  },
  TIMEOUT_MS,
)

test(
  'the same happens in a world whatever it signs with',
  async () => {
    const real = await simulateOffline({ seed: 9, ...SMALL, crypto: 'real' })
    const fake = await simulateOffline({ seed: 9, ...SMALL, crypto: 'fake' })
    expect({ ...fake, digest: '' }).toEqual({ ...real, digest: '' })
    expect(fake.digest).not.toBe(real.digest)
  },
  TIMEOUT_MS,
)

test('one world of fifty signs with Ed25519 where it is drawn, and always the same one', () => {
  const kinds = Array.from({ length: 5_000 }, (_, seed) => signaturesOf({ seed, crypto: 'drawn' }))
  const real = kinds.filter(kind => kind === 'real').length
  expect(real).toBeGreaterThan(60)
  expect(real).toBeLessThan(140)
  expect(kinds).toEqual(Array.from(kinds, (_, seed) => signaturesOf({ seed, crypto: 'drawn' })))
})

const wanted: Readonly<Record<string, RegExp>> = {
  'no-look-up': /was charged 2 times/,
  'no-inbox': /left of/,
  'no-limits': /too much for one|more than/,
  'no-memory': /was answered differently/,
  'no-revocation': /came to ACCEPTED, not to KEY_REVOKED/,
  'no-signatures': /was changed and let in/,
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
