import { type ChildProcess, execFile } from 'node:child_process'
import { expect, test } from 'vitest'
import { createProgress } from '../progress.ts'
import { runWorlds, type TaskResult } from '../workers.ts'

const TIMEOUT_MS = 300_000
const WORLD = { tills: 3, sales: 20, plant: 'none', crypto: 'drawn' } as const

test(
  'seeds come in their order, and a worker that dies is named by its seed',
  async () => {
    const done: TaskResult[] = []
    const file = new URL('./dying-worker.ts', import.meta.url)
    const { signal } = new AbortController()
    await runWorlds({ first: 1, seeds: 6, workers: 2, world: WORLD, done: result => done.push(result), signal, file })
    expect(done.map(({ seed }) => seed)).toEqual([1, 2, 3, 4, 5, 6])
    expect(done[2]).toEqual({ seed: 3, error: 'The worker died over it (exit code 9)' })
    expect(done[4]).toEqual({ seed: 5, error: 'A mistake' })
  },
  TIMEOUT_MS,
)

test('progress tells how many, how fast and how long, and how to see a fault again', () => {
  const said: string[] = []
  const figures = { sales: 20, accepted: 19, refused: 1, turnedAway: 0, captured: 9, declined: 1, expired: 0 }
  const report = { ...figures, incidents: 0, faults: [], seed: 1, digest: 'd', steps: 100 }
  let now = 0
  const progress = createProgress({ seeds: 500, world: WORLD, say: line => said.push(line), now: () => now })
  for (let seed = 1; seed <= 100; seed += 1) {
    now += 50
    progress.add(seed === 42 ? { seed, error: 'The worker died over it (exit code 9)' } : { seed, report })
  }
  expect(said).toContain('  again: npm run sim -- offline --seed 42 --tills 3 --sales 20')
  expect(said.at(-1)).toBe('100 of 500 seeds, 1 with faults, 20.00 seeds/s, 1 min left')
  now += 9_000
  progress.tick()
  expect(said.at(-1)).toContain('100 of 500')
  expect(progress.summary()).toContain('100 of 500 worlds in 14.0 s, 1 with faults: 1980 sales')
})

const sim = (args: readonly string[], onOutput?: (child: ChildProcess) => void) =>
  new Promise<{ readonly code: number | null; readonly out: string }>(resolve => {
    const loader = ['--import', './scripts/typescript.mjs', 'sim/run.ts', 'offline']
    const child = execFile(process.execPath, [...loader, ...args], (_, out, err) =>
      resolve({ code: child.exitCode, out: `${out}${err}` }),
    )
    child.stdout?.once('data', () => onOutput?.(child))
  })

test(
  'the command says what came of all worlds, the same by one worker and by two',
  async () => {
    const args = ['--seeds', '6', '--tills', '3', '--sales', '20']
    const [one, two] = [await sim([...args, '--workers', '1']), await sim([...args, '--workers', '2'])]
    expect([one.code, two.code]).toEqual([0, 0])
    const digest = /digest of all [0-9a-f]{16}/
    expect(one.out).toMatch(/6 worlds in .* 0 with faults/)
    expect(digest.exec(two.out)?.[0]).toBe(digest.exec(one.out)?.[0])
  },
  TIMEOUT_MS,
)

test(
  'a fault ends the command with 1 and the seed that shows it',
  async () => {
    const { code, out } = await sim(['--seed', '1', '--tills', '5', '--sales', '100', '--plant', 'no-revocation'])
    expect(code).toBe(1)
    expect(out).toContain('again: npm run sim -- offline --seed 1 --tills 5 --sales 100 --plant no-revocation')
  },
  TIMEOUT_MS,
)

test(
  'an interrupt ends the command with a summary of what was done',
  async () => {
    const { code, out } = await sim(['--seeds', '100000', '--tills', '3', '--sales', '20'], child =>
      child.kill('SIGINT'),
    )
    expect(code).toBe(130)
    expect(out).toMatch(/Interrupted: [1-9][0-9]* of 100000 worlds/)
  },
  TIMEOUT_MS,
)
