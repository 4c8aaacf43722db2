import { z } from 'zod'
import type { WirePayload } from './event-contract.ts'

const NAME = /^[a-z]+(-[a-z]+)*$/
const ATTEMPTS = 10
const BACKOFF_FIRST_MS = 1_000
const BACKOFF_MOST_MS = 300_000

/** How often, and how far apart, work is tried. */
export interface Retries {
  /** Tries in all, the first included. Default 10. */
  readonly attempts: number
  /** Wait before the second try; it doubles each time. Default 1,000. */
  readonly backoffFirstMs: number
  /** Wait at the most. Default 300,000. */
  readonly backoffMostMs: number
}

/** A kind of work that waits in a queue: its name, what a job carries, and how it is tried again. */
export interface QueueContract<Payload> extends Retries {
  readonly name: string
  /**
   * Whether a job whose tries are used up is kept with the dead letters, and none of its id is added again. False where
   * something else knows what is to be done, and queues it anew.
   */
  readonly keepsDead: boolean
  /** The payload as it travels; throws when it is not what the contract says. */
  write(payload: Payload): WirePayload
  /** Reads a payload that arrived; throws when it is not what the contract says. */
  read(payload: unknown): Payload
}

/** Declares a queue. Payloads are objects of plain values, or of the codecs of event-contract.ts. */
export function createQueue<Shape extends z.ZodRawShape>(
  name: string,
  payload: z.ZodObject<Shape>,
  options: Partial<Retries> & { readonly keepsDead?: boolean } = {},
): QueueContract<z.output<z.ZodObject<Shape>>> {
  if (!NAME.test(name)) throw new Error(`A queue is named in lower case with hyphens, not ${name}`)
  return {
    name,
    ...retriesOf(options),
    keepsDead: options.keepsDead ?? true,
    write: given => z.encode(payload, given) as WirePayload,
    read: arrived => z.decode(payload, arrived as z.input<z.ZodObject<Shape>>),
  }
}

export function retriesOf(retries: Partial<Retries>): Retries {
  return {
    attempts: retries.attempts ?? ATTEMPTS,
    backoffFirstMs: retries.backoffFirstMs ?? BACKOFF_FIRST_MS,
    backoffMostMs: retries.backoffMostMs ?? BACKOFF_MOST_MS,
  }
}

/** How long to wait after so many tries: twice as long each time up to a most, the upper half of it by chance. */
export function backoffMs(retries: Retries, triesMade: number, chance: number): number {
  const most = Math.min(retries.backoffFirstMs * 2 ** Math.min(triesMade - 1, 30), retries.backoffMostMs)
  return Math.round(most / 2 + (most / 2) * chance)
}
