import type { ServerResponse } from 'node:http'

export const JSON_CONTENT = 'application/json; charset=utf-8'

/** Sent with everything. Pages replace the content security policy by one that lets them run. */
const SECURITY_HEADERS: readonly string[] = [
  'x-content-type-options',
  'nosniff',
  'referrer-policy',
  'no-referrer',
  'x-frame-options',
  'DENY',
]
const NOTHING_RUNS = ['content-security-policy', "default-src 'none'; frame-ancestors 'none'"]
const HTTPS_ONLY = ['strict-transport-security', 'max-age=31536000']

export interface Answer {
  readonly status: number
  readonly contentType: string
  readonly body: string | Buffer
  /** Writes the body bit by bit, in place of `body`. */
  readonly stream?: (response: ServerResponse) => void
  /** Names and values in turn, all names in lower case. */
  readonly headers?: readonly string[]
  /** For pages; everything else runs nothing. */
  readonly contentSecurityPolicy?: string
  /** Defaults to `no-store`. */
  readonly cacheControl?: string
}

export interface AnswerDressing {
  readonly requestId: string
  readonly corsHeaders: readonly string[]
  readonly production: boolean
  readonly closing: boolean
}

export function sendAnswer(response: ServerResponse, answer: Answer, dressing: AnswerDressing): void {
  if (response.headersSent || response.destroyed) return
  const headers = [
    'content-type',
    answer.contentType,
    'cache-control',
    answer.cacheControl ?? 'no-store',
    'x-request-id',
    dressing.requestId,
    ...SECURITY_HEADERS,
  ]
  if (!answer.stream) {
    const length = typeof answer.body === 'string' ? Buffer.byteLength(answer.body) : answer.body.length
    headers.push('content-length', String(length))
  }
  if (answer.contentSecurityPolicy) headers.push('content-security-policy', answer.contentSecurityPolicy)
  else headers.push(...NOTHING_RUNS)
  if (dressing.production) headers.push(...HTTPS_ONLY)
  if (dressing.corsHeaders.length > 0) headers.push(...dressing.corsHeaders)
  if (answer.headers) headers.push(...answer.headers)
  if (dressing.closing) headers.push('connection', 'close')
  response.writeHead(answer.status, headers)
  if (answer.stream) answer.stream(response)
  else response.end(answer.body)
}

export function errorAnswer(status: number, code: string, message: string, contentType = JSON_CONTENT): Answer {
  return { status, contentType, body: `${JSON.stringify({ errors: [{ message, extensions: { code } }] })}\n` }
}
