import { type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino'

export type { Logger } from 'pino'

/** Never written to a log, wherever in a record it stands. */
const REDACTED = [
  'password',
  'token',
  'secret',
  'pin',
  'authorization',
  'refreshToken',
  'accessToken',
  'clientSecret',
].flatMap(name => [name, `*.${name}`, `*.*.${name}`])

export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent'

/** A logger of one process or subgraph: one JSON object a line, ISO times, secrets blanked out. */
export function createLog(name: string, level: LogLevel = 'info', destination?: DestinationStream): Logger {
  const options = {
    name,
    level,
    timestamp: stdTimeFunctions.isoTime,
    redact: { paths: REDACTED, censor: '[not logged]' },
    base: { name },
  }
  return destination ? pino(options, destination) : pino(options)
}
