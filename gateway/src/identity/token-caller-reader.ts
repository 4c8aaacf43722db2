import type { AccessTokenReader } from '@tillgraph/kit/access/access-token'
import type { Caller as KitCaller } from '@tillgraph/kit/access/caller'
import { codeOf } from '@tillgraph/kit/errors'
import type { CallerReader, CallerReading } from './caller-reader.ts'

/** Callers by the access tokens that identity gives out. */
export function tokenCallerReader(accessTokens: AccessTokenReader): CallerReader {
  return {
    read(authorization) {
      try {
        const found = accessTokens.read(authorization)
        return found instanceof Promise ? found.then(readingOf, refused) : readingOf(found)
      } catch (error) {
        return refused(error)
      }
    },
  }
}

// a caller is remembered by the token reader, and what the gateway makes of it is remembered with it
const readings = new WeakMap<KitCaller, CallerReading>()

function readingOf(caller: KitCaller | undefined): CallerReading {
  if (!caller) return { kind: 'anonymous' }
  let reading = readings.get(caller)
  if (!reading) {
    const { kind: holder, tenantId, subject, scope, scopes, expiresAt } = caller
    reading = { kind: 'caller', holder, tenantId, subject, scope, scopes, expiresAt }
    readings.set(caller, reading)
  }
  return reading
}

function refused(error: unknown): CallerReading {
  const code = codeOf(error)
  if (code === undefined) throw error
  return { kind: 'refused', code, message: (error as Error).message }
}
