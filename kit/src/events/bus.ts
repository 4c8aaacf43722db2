import type { Logger } from '../log.ts'

/**
 * Small signals between processes: something has changed, look. A signal may be lost (a listener that was away asks
 * the database), so nothing may depend on one but how soon it happens.
 */
export interface Bus {
  /** Tells every listener of a channel, in this process and others. At most 4,000 bytes. */
  publish(channel: string, message: string): Promise<void>
  /** Listens until the returned function is called. `hear` must not throw. */
  listen(channel: string, hear: (message: string) => void): Promise<() => Promise<void>>
  /** Called when signals may have been missed (the connection was lost and is back): whoever listens must look again. */
  onGap(look: () => void): () => void
  close(): Promise<void>
}

/** Publishes without waiting, for `afterCommit`: a signal that could not be sent is logged and forgotten. */
export function signal(bus: Bus, log: Logger, channel: string, message: string): void {
  bus.publish(channel, message).catch(error => log.warn({ err: error, channel }, 'a signal was not sent'))
}

export const MESSAGE_BYTES_MOST = 4_000
const CHANNEL_BYTES_MOST = 1_000

/** Refuses, on every bus alike, what one of them could not carry. */
export function checkSignal(channel: string, message: string): void {
  if (channel === '' || Buffer.byteLength(channel) > CHANNEL_BYTES_MOST)
    throw new Error(`A channel's name has 1 to ${CHANNEL_BYTES_MOST} bytes`)
  const bytes = Buffer.byteLength(message)
  if (bytes > MESSAGE_BYTES_MOST)
    throw new Error(`A signal has at most ${MESSAGE_BYTES_MOST} bytes, and this one has ${bytes}: send what to look at`)
  if (message.includes('\0')) throw new Error('A signal is text without NUL')
}
