import type { IncomingMessage } from 'node:http'
import type { HttpAnswer, HttpExchange, HttpRoute } from '@tillgraph/kit/graph-request'
import { type Answer, errorAnswer } from './answer.ts'
import { readBody } from './body.ts'

/** Hands a plain HTTP exchange to whoever serves it beside the graph. */
export async function answerRoute(
  route: HttpRoute,
  request: IncomingMessage,
  path: string,
  search: string,
  bodyBytesMax: number,
): Promise<Answer> {
  const body = await readBody(request, bodyBytesMax)
  if (body.kind === 'refused') {
    if (body.reason === 'too large')
      return errorAnswer(413, 'TOO_LARGE', `The body has more than ${bodyBytesMax} bytes.`)
    return errorAnswer(body.reason === 'encoded' ? 415 : 400, 'BAD_REQUEST', `The body is ${body.reason}.`)
  }
  const headers: Record<string, string> = {}
  for (const name of Object.keys(request.headers)) {
    const value = request.headers[name]
    if (typeof value === 'string') headers[name] = value
  }
  const answer = await route.handle({ method: route.method, path, search, headers, body: body.bytes })
  return fromHttpAnswer(answer)
}

/** Headers that the public port decides for itself. */
const OURS = new Set([
  'content-type',
  'content-length',
  'cache-control',
  'connection',
  'transfer-encoding',
  'x-request-id',
])

function fromHttpAnswer({ status, headers, body }: HttpAnswer): Answer {
  const given = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
  const cacheControl = given.get('cache-control')
  return {
    status,
    contentType: given.get('content-type') ?? 'application/octet-stream',
    body,
    headers: [...given].filter(([name]) => !OURS.has(name)).flat(),
    ...(cacheControl === undefined ? {} : { cacheControl }),
  }
}

const PASS_MILLISECONDS = 10_000
const PASSED_HEADERS = /^(accept|authorization|content-type|x-client-address|[a-z-]+-signature)$/
const RETURNED_HEADERS = ['cache-control', 'content-type', 'etag', 'retry-after', 'www-authenticate']

/**
 * A route that another process serves: the exchange is repeated there, with no more of its headers than needed: who
 * asks, for what, and by which signature a webhook proves where it comes from.
 */
export function passThroughRoutes(path: string, target: string): readonly HttpRoute[] {
  const handle = async (exchange: HttpExchange): Promise<HttpAnswer> => {
    const headers: Record<string, string> = {}
    for (const [name, value] of Object.entries(exchange.headers)) if (PASSED_HEADERS.test(name)) headers[name] = value
    const response = await fetch(`${target}${exchange.search}`, {
      method: exchange.method,
      headers,
      redirect: 'manual',
      signal: AbortSignal.timeout(PASS_MILLISECONDS),
      ...(exchange.method === 'POST' ? { body: new Uint8Array(exchange.body) } : {}),
    })
    const returned: Record<string, string> = {}
    for (const name of RETURNED_HEADERS) {
      const value = response.headers.get(name)
      if (value !== null) returned[name] = value
    }
    return { status: response.status, headers: returned, body: Buffer.from(await response.arrayBuffer()) }
  }
  return [
    { method: 'GET', path, handle },
    { method: 'POST', path, handle },
  ]
}
