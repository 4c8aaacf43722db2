import type { Fault } from './rules.ts'

/** A fault that is meant to be, and why. One that no longer occurs fails the test, so that the list stays true. */
export interface Exception extends Fault {
  readonly reason: string
}

export const EXCEPTIONS: readonly Exception[] = []
