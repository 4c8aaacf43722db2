import type { Connection } from './connection.ts'

/**
 * What one user does again and again. A module of its own that exports `scenario`, because it runs in the process of
 * the load generator; its parameters travel there as JSON.
 */
export type Scenario<Parameters> = (user: User<Parameters>) => Step | Promise<Step>

/** One measured step. It throws when an answer is wrong, and `Refused` when the subject says no. */
export type Step = () => Promise<void>

export interface User<Parameters> {
  /** From 0; users of one run differ in it. */
  readonly index: number
  readonly connection: Connection
  readonly parameters: Parameters
}

/** The subject would not do it: counted apart, and no success. Wrong answers are ordinary errors and end the run. */
export class Refused extends Error {
  override readonly name = 'Refused'
}
