/**
 * Small signals between processes: something has changed, look. A signal may be lost (a listener that was away asks
 * the database), so nothing may depend on one but how soon it happens.
 */
export interface Bus {
  /** Tells every listener of a channel, in this process and others. At most 4,000 bytes. */
  publish(channel: string, message: string): Promise<void>
  /** Listens until the returned function is called. */
  listen(channel: string, hear: (message: string) => void): Promise<() => Promise<void>>
  /** Called when signals may have been missed (the connection was lost and is back): whoever listens must look again. */
  onGap(look: () => void): () => void
  close(): Promise<void>
}
