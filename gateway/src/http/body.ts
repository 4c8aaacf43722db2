import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'

export type BodyRefusal = 'too large' | 'encoded' | 'not UTF-8' | 'broken off'

export type BodyReading =
  | { readonly kind: 'read'; readonly bytes: Buffer }
  | { readonly kind: 'refused'; readonly reason: BodyRefusal }

/** Reads a request body up to a limit; a compressed one is refused unread. */
export function readBody(request: IncomingMessage, bytesMax: number): Promise<BodyReading> {
  const encoding = request.headers['content-encoding']
  if (encoding !== undefined && encoding !== 'identity') return refused(request, 'encoded')
  if (Number(request.headers['content-length']) > bytesMax) return refused(request, 'too large')
  return new Promise(resolve => {
    let first: Buffer | undefined
    let more: Buffer[] | undefined
    let bytes = 0
    request.on('data', (part: Buffer) => {
      bytes += part.length
      if (bytes > bytesMax) {
        request.removeAllListeners('data')
        request.resume()
        resolve({ kind: 'refused', reason: 'too large' })
      } else if (!first) first = part
      else if (more) more.push(part)
      else more = [first, part]
    })
    request.on('end', () => resolve({ kind: 'read', bytes: more ? Buffer.concat(more) : (first ?? Buffer.alloc(0)) }))
    request.on('error', () => resolve({ kind: 'refused', reason: 'broken off' }))
    request.on('close', () => resolve({ kind: 'refused', reason: 'broken off' }))
  })
}

/** Undefined when the bytes are no UTF-8: a replaced character would be another name, price or hash. */
export function textOf(bytes: Buffer): string | undefined {
  return isUtf8(bytes) ? bytes.toString('utf8') : undefined
}

/** The rest is let run by unread, until the server's time for a request is up: cutting it off would lose the answer. */
function refused(request: IncomingMessage, reason: BodyRefusal): Promise<BodyReading> {
  request.resume()
  return Promise.resolve({ kind: 'refused', reason })
}
