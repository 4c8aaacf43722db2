import { createHash } from 'node:crypto'
import type { OfflineReport } from './offline/simulate.ts'
import type { TaskResult, World } from './workers.ts'

const SHOW_EVERY_SEEDS = 100
const SHOW_EVERY_MS = 10_000
const FAULTS_SHOWN_MOST = 10
/** Seeds whose faults are shown; the others are counted. */
const FAULTY_SHOWN_MOST = 20

const SUMS = ['sales', 'accepted', 'refused', 'captured', 'declined', 'expired', 'incidents', 'steps'] as const

export interface Progress {
  add(result: TaskResult): void
  /** Says so when it is time to. */
  tick(): void
  summary(): string
  readonly faulty: number
}

export interface ProgressOptions {
  readonly seeds: number
  readonly world: World
  readonly say: (line: string) => void
  /** Milliseconds that only ever grow. */
  readonly now: () => number
}

/** Counts what comes of worlds, shows the first that are not as promised, and how it goes on. */
export function createProgress({ seeds, world, say, now }: ProgressOptions): Progress {
  const began = now()
  const sums = new Map<string, number>(SUMS.map(name => [name, 0]))
  const digests = createHash('sha256')
  let done = 0
  let faulty = 0
  let shownAt = began
  let shownDone = 0

  function show(seed: number, faults: readonly string[]): void {
    faulty += 1
    if (faulty > FAULTY_SHOWN_MOST) return
    say(`seed ${seed}: ${faults.length} faults`)
    for (const fault of faults.slice(0, FAULTS_SHOWN_MOST)) say(`  ${fault}`)
    say(`  again: ${replay(seed, world)}`)
  }

  function count(report: OfflineReport): void {
    for (const name of SUMS) sums.set(name, (sums.get(name) ?? 0) + report[name])
    digests.update(report.digest)
    if (seeds === 1) say(`seed ${report.seed}: ${report.digest}, ${report.sales} sales`)
    if (report.faults.length > 0) show(report.seed, report.faults)
  }

  function showProgress(): void {
    const perMs = done / Math.max(1, now() - began)
    const left = done === 0 ? 'unknown' : duration((seeds - done) / perMs)
    say(`${done} of ${seeds} seeds, ${faulty} with faults, ${(perMs * 1000).toFixed(2)} seeds/s, ${left} left`)
    shownAt = now()
    shownDone = done
  }

  return {
    get faulty() {
      return faulty
    },
    add(result) {
      done += 1
      if ('report' in result) count(result.report)
      else show(result.seed, [result.error])
      if (seeds > 1 && (done % SHOW_EVERY_SEEDS === 0 || now() - shownAt >= SHOW_EVERY_MS)) showProgress()
    },
    tick() {
      if (done > shownDone && now() - shownAt >= SHOW_EVERY_MS) showProgress()
    },
    summary() {
      const of = done < seeds ? ` of ${seeds}` : ''
      const figures = SUMS.map(name => `${sums.get(name)} ${name === 'incidents' ? 'oversold' : name}`)
      return [
        `${done}${of} worlds in ${((now() - began) / 1000).toFixed(1)} s, ${faulty} with faults: ${figures.join(', ')};`,
        `digest of all ${digests.copy().digest('hex').slice(0, 16)}`,
      ].join(' ')
    },
  }
}

/** What shows one world again, just as it was. */
export function replay(seed: number, { tills, sales, plant, crypto }: World): string {
  const planted = plant === 'none' ? '' : ` --plant ${plant}`
  const chosen = crypto === 'drawn' ? '' : ` --crypto ${crypto}`
  return `npm run sim -- offline --seed ${seed} --tills ${tills} --sales ${sales}${planted}${chosen}`
}

function duration(milliseconds: number): string {
  const minutes = Math.ceil(milliseconds / 60_000)
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
