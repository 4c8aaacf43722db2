/** One line of a till's log: a signed record, in its place. */
export interface LogLine {
  readonly sequence: number
  /** The compact JWS. */
  readonly line: string
}

/** What the graph said of a record. */
export interface KeptVerdict {
  readonly sequence: number
  readonly outcome: 'ACCEPTED' | 'REFUSED'
  /** Why it was refused: an OfflineFaultCode. */
  readonly code?: string
  readonly message?: string
  /** ISO 8601, by the till's clock. */
  readonly answeredAt: string
}

/**
 * The log of a till's key, for one process or tab at a time. What was appended is there after a reload, a crash or a
 * loss of power once `append` has answered; a line that was not answered for is either there whole or not at all.
 */
export interface OfflineLog {
  /** The last line; undefined when nothing was ever appended. */
  last(): Promise<LogLine | undefined>
  /** Lines behind a sequence, in order, `most` at the most. */
  read(after: number, most: number): Promise<readonly LogLine[]>
  /** Adds the next line. Throws LOG_FORK for any other sequence than the one after the last. */
  append(line: LogLine): Promise<void>
  /** Verdicts behind a sequence, in order, `most` at the most. */
  verdicts(after: number, most: number): Promise<readonly KeptVerdict[]>
  /** Keeps verdicts; a later one of the same sequence takes the place of an earlier one. */
  keepVerdicts(verdicts: readonly KeptVerdict[]): Promise<void>
  /** A small value that is kept beside the log, as JSON knows it; undefined when there is none. */
  note(name: string): Promise<unknown>
  keepNote(name: string, value: unknown): Promise<void>
  /** Forgets lines and verdicts up to a sequence; the last line stays whatever it is. */
  prune(upTo: number): Promise<void>
  /** Lets others open the log. */
  close(): Promise<void>
}

export const logFaults = {
  LOG_IN_USE: 'The till is open in another window of this device: use that one, or close it.',
  LOG_FORK: 'Another line already stands in this place of the log.',
  LOG_DAMAGED: 'The log of this till cannot be read: do not use the device, and call for help.',
  LOG_CLOSED: 'The log of this till was closed.',
} as const

export type LogFaultCode = keyof typeof logFaults

export class LogFault extends Error {
  readonly code: LogFaultCode
  readonly detail: string

  constructor(code: LogFaultCode, detail = '', options?: { readonly cause: unknown }) {
    super(logFaults[code], options)
    this.name = 'LogFault'
    this.code = code
    this.detail = detail
  }
}

/** Names of notes: also names of files. */
export const NOTE_NAME = /^[a-z][a-z-]{0,39}$/
