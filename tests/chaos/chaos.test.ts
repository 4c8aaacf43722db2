import { expect, test } from 'vitest'
import { runChaos } from './chaos.ts'
import { newSeed } from './shop-floor.ts'

const TIMEOUT_MS = 600_000

test(
  'whatever is killed while it sells: every sale that a till was told of is there, paid once, and nothing is left over',
  async () => {
    const report = await runChaos({ kills: 4, perSecond: 15, seed: newSeed(), say: () => {} })
    expect(report).toMatchObject({ lost: [], faults: [], unanswered: 0 })
    expect(report.acknowledged).toBeGreaterThan(50)
  },
  TIMEOUT_MS,
)
