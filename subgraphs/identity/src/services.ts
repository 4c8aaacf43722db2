import type { Clock } from '@tillgraph/kit/clock'
import type { Database, Session } from '@tillgraph/kit/database/session'
import type { Bus } from '@tillgraph/kit/events/bus'
import type { MakeId } from '@tillgraph/kit/ids'
import type { Logger } from '@tillgraph/kit/log'
import type { PrismaClient } from '../generated/prisma/client.ts'
import type { AccessTokens } from './access/access-tokens.ts'
import type { Papers } from './access/papers.ts'
import type { Passwords } from './access/passwords.ts'

/** A piece of work on the database, bound to one tenant. */
export type Work = Session<PrismaClient>

/** What identity has for as long as it runs. */
export interface Services {
  readonly database: Database<PrismaClient>
  readonly clock: Clock
  readonly makeId: MakeId
  readonly random: (bytes: number) => Buffer
  /** What is kept of a text that may hold personal values: nobody can try guesses on it who has only the database. */
  readonly keyed: (text: string) => string
  readonly passwords: Passwords
  readonly accessTokens: AccessTokens
  readonly papers: Papers
  readonly bus: Bus
  readonly log: Logger
}
