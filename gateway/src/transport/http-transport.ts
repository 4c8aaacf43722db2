import { isAscii } from 'node:buffer'
import https from 'node:https'
import type { GraphAnswer } from '@tillgraph/kit/graph-request'
import type { Headers } from '../identity/forwarded-headers.ts'
import { HttpPool } from './http-pool.ts'
import type { HttpResponse } from './http-response.ts'
import { type TextTransport, TransportError } from './transport.ts'
import { UpstreamSocket } from './upstream-socket.ts'

const SECURE_SOCKETS_MAX = 256
const SECURE_ANSWER_BYTES_MAX = 64 * 1024 * 1024

export interface HttpTransport extends TextTransport {
  readonly url: string
  stop(): Promise<void>
}

/** A subgraph behind an http or https address. */
export function httpTransport(url: string, timeoutMilliseconds: number): HttpTransport {
  const address = new URL(url)
  return address.protocol === 'https:'
    ? secure(url, address, timeoutMilliseconds)
    : plain(url, address, timeoutMilliseconds)
}

function plain(url: string, address: URL, timeoutMilliseconds: number): HttpTransport {
  const host = address.hostname.replace(/^\[(.*)\]$/, '$1')
  const pool = new HttpPool({ host, port: Number(address.port || 80), timeoutMilliseconds })
  const head = `POST ${address.pathname}${address.search} HTTP/1.1\r\nhost: ${address.host}\r\ncontent-type: application/json\r\naccept: application/json\r\n`
  const requestOf = (body: string, headers: Headers) => {
    let lines = ''
    for (const name in headers) lines += `${name}: ${headers[name]}\r\n`
    return `${head}${lines}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
  }
  const socket = new UpstreamSocket(url)
  return {
    form: 'text',
    url,
    subscribe: request => socket.subscribe(request),
    stop: async () => {
      pool.stop()
      await socket.stop()
    },
    send: (body, headers, repeatable) => pool.send(requestOf(body, headers), repeatable, readAnswer),
    sendUnread: (body, headers, repeatable, take) =>
      pool.send(requestOf(body, headers), repeatable, response =>
        response.status === 200 ? (take(response.body) ?? readAnswer(response)) : readAnswer(response),
      ),
  }
}

function secure(url: string, address: URL, timeoutMilliseconds: number): HttpTransport {
  const agent = new https.Agent({ keepAlive: true, maxSockets: SECURE_SOCKETS_MAX, timeout: timeoutMilliseconds })
  const socket = new UpstreamSocket(url)
  return {
    form: 'text',
    url,
    subscribe: request => socket.subscribe(request),
    stop: async () => {
      agent.destroy()
      await socket.stop()
    },
    send: (body, headers) =>
      new Promise((resolve, reject) => {
        const fail = (error: Error) => {
          clearTimeout(timer)
          reject(error instanceof TransportError ? error : new TransportError('SERVICE_UNAVAILABLE', error.message))
        }
        const request = https.request(address, {
          agent,
          method: 'POST',
          headers: {
            ...headers,
            'content-type': 'application/json',
            accept: 'application/json',
            'content-length': Buffer.byteLength(body),
          },
        })
        const timer = setTimeout(
          () => request.destroy(new TransportError('TIMED_OUT', `No answer within ${timeoutMilliseconds} ms.`)),
          timeoutMilliseconds,
        )
        request.on('error', fail)
        request.on('response', response => {
          const parts: Buffer[] = []
          let bytes = 0
          response.on('data', (part: Buffer) => {
            bytes += part.length
            if (bytes > SECURE_ANSWER_BYTES_MAX) request.destroy(new Error('The answer is too large.'))
            else parts.push(part)
          })
          response.on('error', fail)
          response.on('end', () => {
            clearTimeout(timer)
            try {
              resolve(readAnswer({ status: response.statusCode ?? 0, body: Buffer.concat(parts) }))
            } catch (error) {
              fail(error as Error)
            }
          })
        })
        request.end(body)
      }),
  }
}

function readAnswer({ status, body }: Pick<HttpResponse, 'status' | 'body'>): GraphAnswer {
  let answer: unknown
  try {
    // Letters beyond ASCII are rare, and most of what reads them is looking for them.
    answer = JSON.parse(body.toString(isAscii(body) ? 'latin1' : 'utf8'))
  } catch {
    throw new TransportError('SERVICE_UNAVAILABLE', `The answer (status ${status}) is not JSON.`)
  }
  if (typeof answer !== 'object' || answer === null || !('data' in answer || 'errors' in answer)) {
    throw new TransportError('SERVICE_UNAVAILABLE', `The answer (status ${status}) is not one of GraphQL.`)
  }
  return answer as GraphAnswer
}
