import { Agent, type IncomingMessage, request as sendRequest } from 'node:http'
import { Agent as SecureAgent, request as sendSecureRequest } from 'node:https'
import type { GraphAnswer, GraphExecutor } from '../graph-request.ts'

const TIMEOUT_MS = 10_000
const SOCKETS_MOST = 128
const IDLE_SOCKETS_MOST = 32
const ANSWER_BYTES_MOST = 16 * 1024 * 1024

const connections = {
  keepAlive: true,
  maxSockets: SOCKETS_MOST,
  maxFreeSockets: IDLE_SOCKETS_MOST,
  scheduling: 'lifo',
} as const

/**
 * Another subgraph that runs in a process of its own. Node's plain client, because `fetch` costs several times as much
 * CPU for each call, and a sale makes several.
 */
export function httpPeer(url: string): GraphExecutor {
  const target = new URL(url)
  const isSecure = target.protocol === 'https:'
  const agent = isSecure ? new SecureAgent(connections) : new Agent(connections)
  const send = isSecure ? sendSecureRequest : sendRequest

  function post(
    body: Buffer,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal | undefined,
    isRetry: boolean,
  ) {
    return new Promise<GraphAnswer>((resolve, reject) => {
      const request = send(target, {
        method: 'POST',
        agent,
        timeout: TIMEOUT_MS,
        headers: {
          ...headers,
          'content-type': 'application/json',
          accept: 'application/json',
          'content-length': body.length,
        },
        ...(signal ? { signal } : {}),
      })
      request.once('timeout', () => request.destroy(new Error(`No answer within ${TIMEOUT_MS / 1000} s`)))
      request.once('response', response => readAnswer(response).then(resolve, reject))
      request.once('error', error => {
        // the other side closed a kept connection in the moment in which it was used. Should it have read the request
        // after all, asking again does no harm: what subgraphs ask each other to do has a name, and is done once.
        const wasStale = request.reusedSocket && (error as NodeJS.ErrnoException).code === 'ECONNRESET'
        if (wasStale && !isRetry) post(body, headers, signal, true).then(resolve, reject)
        else reject(error)
      })
      request.end(body)
    })
  }

  return {
    async execute({ query, operationName, variables, headers, signal }) {
      const body = Buffer.from(JSON.stringify({ query, operationName, variables }))
      return post(body, headers, signal, false)
    },
  }
}

async function readAnswer(response: IncomingMessage): Promise<GraphAnswer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > ANSWER_BYTES_MOST) {
      response.destroy()
      throw new Error('The answer is too long')
    }
    chunks.push(chunk)
  }
  return JSON.parse(Buffer.concat(chunks).toString()) as GraphAnswer
}
