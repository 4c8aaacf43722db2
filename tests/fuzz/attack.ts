import type { FuzzCase } from './cases.ts'
import { leakIn } from './leaks.ts'
import { exchange, type Origin } from './wire.ts'

const FAULTS_TOLD_MAX = 12

export interface AttackReport {
  readonly sent: number
  readonly statuses: Readonly<Record<string, number>>
  /** Of what was refused: how long that took, in milliseconds. */
  readonly refusedMs: readonly number[]
  readonly slowest: readonly { readonly kind: string; readonly milliseconds: number }[]
  /** What must never happen: a 5xx, a connection without an answer, an unforeseen error, a look inside. */
  readonly faults: readonly string[]
  readonly faultCount: number
}

export interface AttackOptions {
  readonly origin: Origin
  readonly atOnce: number
  /** At most so many begin in a second; as fast as they go when left out. */
  readonly perSecond?: number
  readonly stopped?: () => boolean
}

/** Sends all cases, some at once, and judges every answer. */
export async function attack(cases: readonly FuzzCase[], options: AttackOptions): Promise<AttackReport> {
  const statuses: Record<string, number> = {}
  const refusedMs: number[] = []
  const took: { kind: string; milliseconds: number }[] = []
  const faults: string[] = []
  let faultCount = 0
  let next = 0
  const begin = performance.now()

  const worker = async () => {
    while (next < cases.length && !options.stopped?.()) {
      const number = next++
      const one = cases[number] as FuzzCase
      if (options.perSecond) {
        const wait = begin + (number / options.perSecond) * 1_000 - performance.now()
        if (wait > 0) await new Promise(resolve => setTimeout(resolve, wait))
      }
      const answer = await exchange(options.origin, one.bytes).catch((error: Error) => error)
      const fault = answer instanceof Error ? answer.message : faultOf(answer)
      if (fault) {
        faultCount += 1
        if (faults.length < FAULTS_TOLD_MAX) faults.push(`case ${number}, ${one.kind}: ${fault}`)
      }
      if (answer instanceof Error) continue
      statuses[answer.status] = (statuses[answer.status] ?? 0) + 1
      took.push({ kind: one.kind, milliseconds: answer.milliseconds })
      if (answer.status >= 400 || answer.body.startsWith('{"errors"')) refusedMs.push(answer.milliseconds)
    }
  }
  await Promise.all(Array.from({ length: options.atOnce }, worker))
  const slowest = took.sort((a, b) => b.milliseconds - a.milliseconds).slice(0, 10)
  return { sent: next, statuses, refusedMs, slowest, faults, faultCount }
}

function faultOf({ status, body }: { readonly status: number; readonly body: string }): string | undefined {
  if (status === 0) return 'no answer'
  if (status >= 500) return `status ${status}: ${body.slice(0, 300)}`
  if (body.includes('"INTERNAL_SERVER_ERROR"')) return `an unforeseen error: ${body.slice(0, 300)}`
  const leak = leakIn(body)
  return leak && `tells of ${leak}`
}
