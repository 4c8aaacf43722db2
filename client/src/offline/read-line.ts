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

function bytesOf(base64url: string): Uint8Array {
  const text = atob(base64url.replaceAll('-', '+').replaceAll('_', '/'))
  return Uint8Array.from(text, character => character.charCodeAt(0))
}
