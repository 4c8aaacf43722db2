import net, { type AddressInfo, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { HttpPool, type HttpPoolOptions } from '../src/transport/http-pool.ts'
import { type HttpResponse, HttpResponseReader } from '../src/transport/http-response.ts'

const REQUEST = 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n'
const answer = (body: string, headers = '') =>
  `HTTP/1.1 200 OK\r\n${headers}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`

const read = ({ status, body }: HttpResponse) => ({ status, body: body.toString() })

const cleanups: (() => void)[] = []
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup()
})

/** A server on the level of bytes: it is handed each request and the number of its connection. */
async function serve(
  handle: (socket: Socket, request: number, connection: number) => void,
  options: Partial<HttpPoolOptions> = {},
) {
  const counts = { connections: 0, requests: 0 }
  const server = net.createServer(socket => {
    const connection = ++counts.connections
    socket.on('error', () => undefined)
    socket.on('data', data => {
      for (const _ of data.toString().matchAll(/POST/g)) handle(socket, ++counts.requests, connection)
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const pool = new HttpPool({ host: '127.0.0.1', port, timeoutMilliseconds: 5_000, ...options })
  cleanups.push(() => {
    pool.stop()
    server.close()
  })
  return { pool, counts, server }
}

describe('connections to a subgraph', () => {
  it('are kept and used again', async () => {
    const { pool, counts } = await serve((socket, number) => socket.write(answer(`{"n":${number}}`)))
    for (const number of [1, 2, 3])
      expect(await pool.send(REQUEST, true, read)).toMatchObject({ body: `{"n":${number}}` })
    expect(counts.connections).toBe(1)
  })

  it('are opened side by side up to a bound; what is beyond waits, and what is beyond that is refused', async () => {
    const waiting: Socket[] = []
    const { pool, counts } = await serve(socket => waiting.push(socket), { connectionsMax: 2, queueMax: 4 })
    const sent = [1, 2, 3, 4].map(() => pool.send(REQUEST, true, read))
    await expect(pool.send(REQUEST, true, read)).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' })
    await expect.poll(() => waiting.length).toBe(2)
    for (let answered = 0; answered < 4; answered++) {
      await expect.poll(() => waiting.length).toBeGreaterThan(0)
      waiting.shift()?.write(answer('{}'))
    }
    expect(await Promise.all(sent)).toHaveLength(4)
    expect(counts.connections).toBe(2)
  })

  it('that died while idle are replaced without a word, for reads only', async () => {
    const { pool, counts } = await serve((socket, number) => {
      if (number % 2 === 1) socket.write(answer('{}'))
      else socket.destroy()
    })
    await pool.send(REQUEST, true, read)
    // The second request meets a connection that is cut under it, and is sent again on a new one.
    expect(await pool.send(REQUEST, true, read)).toMatchObject({ status: 200 })
    expect(counts).toEqual({ connections: 2, requests: 3 })
    await expect(pool.send(REQUEST, false, read)).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' })
    expect(counts.requests).toBe(4)
  })

  it('that die twice are not tried a third time', async () => {
    let isFirst = true
    const { pool, counts } = await serve(socket => {
      if (isFirst) socket.write(answer('{}'))
      else socket.destroy()
      isFirst = false
    })
    await pool.send(REQUEST, true, read)
    await expect(pool.send(REQUEST, true, read)).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' })
    expect(counts.requests).toBe(3)
  })

  it('on which no answer comes are given up', async () => {
    const { pool } = await serve(() => undefined, { timeoutMilliseconds: 300 })
    await expect(pool.send(REQUEST, true, read)).rejects.toMatchObject({ code: 'TIMED_OUT' })
  })

  it('that the server closes after an answer are not used again', async () => {
    const { pool, counts } = await serve(socket => socket.end(answer('{}', 'connection: close\r\n')))
    await pool.send(REQUEST, true, read)
    await pool.send(REQUEST, true, read)
    expect(counts.connections).toBe(2)
  })

  it('to nobody fail at once', async () => {
    const { server } = await serve(() => undefined)
    const { port } = server.address() as AddressInfo
    await new Promise(resolve => server.close(resolve))
    const pool = new HttpPool({ host: '127.0.0.1', port, timeoutMilliseconds: 5_000 })
    await expect(pool.send(REQUEST, true, read)).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' })
    pool.stop()
  })
})

describe('many requests of one moment', () => {
  const numbered = (number: number) => `POST /${number} HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n`

  /** Answers every request with its number, all that came at once in one piece. */
  async function serveNumbers(cut: (connection: number) => boolean = () => false) {
    let connections = 0
    const server = net.createServer(socket => {
      const connection = ++connections
      socket.on('error', () => undefined)
      socket.on('data', data => {
        const numbers = [...data.toString().matchAll(/POST \/(\d+)/g)].map(match => match[1])
        const answers = numbers.map(number => answer(`{"n":${number}}`))
        if (cut(connection)) socket.end(answers.slice(0, 2).join(''))
        else socket.write(answers.join(''))
      })
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const pool = new HttpPool({ host: '127.0.0.1', port, timeoutMilliseconds: 5_000 })
    cleanups.push(() => {
      pool.stop()
      server.close()
    })
    return { pool, connections: () => connections }
  }

  it('share connections, and each gets its own answer', async () => {
    const { pool, connections } = await serveNumbers()
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, number) => pool.send(numbered(number), true, read)),
    )
    expect(answers.map(({ body }) => body)).toEqual(Array.from({ length: 100 }, (_, number) => `{"n":${number}}`))
    expect(connections()).toBeLessThan(30)
  })

  it('are asked again where a connection broke off between their answers', async () => {
    const { pool } = await serveNumbers(connection => connection === 1)
    const answers = await Promise.all(
      Array.from({ length: 32 }, (_, number) => pool.send(numbered(number), true, read)),
    )
    expect(answers.map(({ body }) => body)).toEqual(Array.from({ length: 32 }, (_, number) => `{"n":${number}}`))
  })

  it('that must not be repeated each have a connection to themselves', async () => {
    const { pool, connections } = await serveNumbers()
    await Promise.all(Array.from({ length: 20 }, (_, number) => pool.send(numbered(number), false, read)))
    expect(connections()).toBe(20)
  })
})

describe('an answer', () => {
  const body = '{"a":"Büro 𝒳"}'
  const chunks = (sizes: number[]) => {
    const bytes = Buffer.from(body)
    const parts: Buffer[] = []
    let from = 0
    for (const size of [...sizes, bytes.length]) {
      const part = bytes.subarray(from, from + size)
      if (part.length > 0) parts.push(Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n'))
      from += size
    }
    return Buffer.concat([
      Buffer.from('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'),
      ...parts,
      Buffer.from('0\r\n\r\n'),
    ])
  }
  const whole: [string, Buffer][] = [
    ['of a known length', Buffer.from(answer(body))],
    ['in one chunk', chunks([])],
    ['in chunks that cut characters', chunks([7, 1, 6])],
    ['after an interim one', Buffer.from(`HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n${answer(body)}`)],
  ]
  it.each(whole)('%s is read however its bytes arrive', (_name, bytes) => {
    for (let size = 1; size <= bytes.length; size++) {
      const reader = new HttpResponseReader()
      let found: string | undefined
      for (let from = 0; from < bytes.length; from += size) {
        expect(found).toBeUndefined()
        // as a connection does: into the same place again and again
        const place = Buffer.from(bytes.subarray(from, from + size))
        found = reader.read(place)?.body.toString()
        place.fill('?')
      }
      expect(found).toBe(body)
    }
  })

  it('without a length ends with the connection', () => {
    const reader = new HttpResponseReader()
    expect(reader.read(Buffer.from(`HTTP/1.1 200 OK\r\n\r\n${body}`))).toBeUndefined()
    expect(reader.end()).toMatchObject({ body: Buffer.from(body), keepAlive: false })
  })

  it.each([
    ['of another protocol', 'SSH-2.0-OpenSSH\r\n\r\n'],
    ['with two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nx'],
    ['with a length that is none', 'HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n'],
    ['with a chunk of no size', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n'],
    ['that is compressed', 'HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 1\r\n\r\nx'],
    ['with a head without end', `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(70_000)}`],
    ['beyond all bounds', 'HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n'],
  ])('%s is refused', (_name, text) => {
    expect(() => new HttpResponseReader().read(Buffer.from(text))).toThrow()
  })
})
