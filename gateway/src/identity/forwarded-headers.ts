import type { IncomingHttpHeaders } from 'node:http'

export const FORWARDED_BY_DEFAULT: readonly string[] = [
  'authorization',
  'x-request-id',
  'idempotency-key',
  'traceparent',
  'x-client-address',
]

/** Headers that name one request and say nothing about its answer: they must not keep equal reads apart. */
const NAMES_ONE_REQUEST = new Set(['x-request-id', 'traceparent', 'tracestate', 'idempotency-key', 'x-client-address'])

export type Headers = Readonly<Record<string, string>>

export interface HeaderForwarding {
  /** What subgraphs are given of the caller's headers. */
  pick(headers: IncomingHttpHeaders, requestId: string): Headers
  /** Equal for requests whose forwarded headers cannot make their answers differ. */
  sharingKey(headers: Headers): string
}

export function createHeaderForwarding(names: readonly string[] = FORWARDED_BY_DEFAULT): HeaderForwarding {
  const forwarded = names.map(name => name.toLowerCase())
  const telling = forwarded.filter(name => !NAMES_ONE_REQUEST.has(name))
  return {
    pick: (headers, requestId) => {
      const picked: Record<string, string> = {}
      for (const name of forwarded) {
        const value = name === 'x-request-id' ? requestId : headers[name]
        if (typeof value === 'string') picked[name] = value
      }
      return picked
    },
    sharingKey: headers => {
      let key = ''
      for (const name of telling) key += `${headers[name] ?? ''}\n`
      return key
    },
  }
}
