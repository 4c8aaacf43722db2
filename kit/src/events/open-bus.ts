import type { Logger } from '../log.ts'
import type { Bus } from './bus.ts'
import { createPostgresBus } from './postgres-bus.ts'
import { createRedisBus } from './redis-bus.ts'

export interface BusSettings {
  /** Where there is a Redis, it carries the signals. */
  readonly redisUrl?: string | undefined
  /** Where there is none, the database does; it must then be the same one for all. */
  readonly databaseUrl: string
  readonly log: Logger
}

/** The bus of a process. Throws when what should carry it cannot be reached. */
export function openBus({ redisUrl, databaseUrl, log }: BusSettings): Promise<Bus> {
  return redisUrl === undefined ? createPostgresBus({ url: databaseUrl, log }) : createRedisBus({ url: redisUrl, log })
}
