import type { OfflineRecord } from '@tillgraph/rules/offline/record'
import { LogFault } from './log.ts'

const decoder = new TextDecoder()

/** What a till wrote itself, read back from its own log; its signature is for others to check. */
export function readLine(line: string): OfflineRecord {
  try {
    return JSON.parse(decoder.decode(bytesOf(line.split('.')[1] ?? ''))) as OfflineRecord
  } catch (cause) {
    throw new LogFault('LOG_DAMAGED', line.slice(0, 20), { cause })
  }
}

/** The bytes that base64url writes. */
export function bytesOf(base64url: string): Uint8Array {
  const text = atob(base64url.replaceAll('-', '+').replaceAll('_', '/'))
  const bytes = new Uint8Array(text.length)
  for (let at = 0; at < text.length; at += 1) bytes[at] = text.charCodeAt(at)
  return bytes
}
