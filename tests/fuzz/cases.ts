import type { GraphQLSchema } from 'graphql'
import { operationsOf, type SchemaOperation } from '../security/schema-operations.ts'
import { Random } from '../support/random.ts'
import { type HeaderLines, requestBytes } from './wire.ts'

export interface FuzzCase {
  /** What is wrong with it, to tell apart which kind did harm. */
  readonly kind: string
  readonly bytes: Buffer
}

export interface CaseOptions {
  readonly schema: GraphQLSchema
  readonly seed: number
  readonly path: string
  /** Without it, what is sent does not get past the door. */
  readonly token: string
}

/** What would end the sign-in that the rest is sent with, or make thousands of businesses. */
const LEFT_ALONE = /^(signOut|signUp|endSession|changePassword|deactivate|resetPassword|revokeRole|updateUser)/

/** What makers of cases need: operations that are good, and ways to send something. */
export class Bench {
  readonly random: Random
  readonly operations: readonly SchemaOperation[]
  readonly #options: CaseOptions

  constructor(options: CaseOptions) {
    this.random = new Random(options.seed)
    this.operations = operationsOf(options.schema).filter(({ name }) => !LEFT_ALONE.test(name))
    this.#options = options
  }

  get path(): string {
    return this.#options.path
  }

  get headers(): HeaderLines {
    return { 'content-type': 'application/json', authorization: `Bearer ${this.#options.token}` }
  }

  operation(): SchemaOperation {
    return this.random.pick(this.operations)
  }

  query(): SchemaOperation {
    return this.random.pick(this.operations.filter(({ kind }) => kind === 'query'))
  }

  /** A number that no other case has, so that nothing is answered from what is known already. */
  unique(): string {
    return this.random.below(2 ** 32).toString(36)
  }

  uuid(): string {
    const hex = Array.from({ length: 32 }, () => this.random.below(16).toString(16)).join('')
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`
  }

  post(kind: string, body: string | Buffer, headers: HeaderLines = {}): FuzzCase {
    return { kind, bytes: requestBytes('POST', this.path, { ...this.headers, ...headers }, body) }
  }

  ask(kind: string, query: string, variables: unknown = {}): FuzzCase {
    return this.post(kind, JSON.stringify({ query, variables }))
  }
}

export type Maker = (bench: Bench) => FuzzCase

/** So many cases, the makers in turn: the same for the same seed. */
export function makeCases(makers: readonly Maker[], count: number, options: CaseOptions): FuzzCase[] {
  const bench = new Bench(options)
  return Array.from({ length: count }, (_, index) => (makers[index % makers.length] as Maker)(bench))
}
