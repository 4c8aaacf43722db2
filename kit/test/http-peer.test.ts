import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { httpPeer } from '../src/subgraph/http-peer.ts'

const stops: (() => void)[] = []
afterEach(() => {
  for (const stop of stops.splice(0)) stop()
})

async function peerOf(handle: (request: IncomingMessage, response: ServerResponse, count: number) => void) {
  let count = 0
  const server = createServer((request, response) => {
    request.resume()
    count++
    handle(request, response, count)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  stops.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return httpPeer(`http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`)
}

const ASK = { query: '{ stock }', variables: { id: 'ä' }, headers: { 'x-request-id': 'r1' } }

test('asks over connections that are kept, and passes headers on', async () => {
  const ports = new Set<number | undefined>()
  const peer = await peerOf((request, response) => {
    ports.add(request.socket.remotePort)
    response.end(JSON.stringify({ data: { stock: request.headers['x-request-id'] } }))
  })
  for (let call = 0; call < 3; call++) expect(await peer.execute(ASK)).toEqual({ data: { stock: 'r1' } })
  expect(ports.size).toBe(1)
})

test('asks once more where a kept connection was closed meanwhile, and not where a new one breaks', async () => {
  const stale = await peerOf((request, response, count) => {
    if (count === 2) request.socket.resetAndDestroy()
    else response.end('{"data":{}}')
  })
  await stale.execute(ASK)
  expect(await stale.execute(ASK)).toEqual({ data: {} })
  const broken = await peerOf(request => request.socket.resetAndDestroy())
  await expect(broken.execute(ASK)).rejects.toThrow()
})

test('stops when whoever asked has gone', async () => {
  const peer = await peerOf(() => {})
  await expect(peer.execute({ ...ASK, signal: AbortSignal.timeout(50) })).rejects.toThrow()
})

test('an answer that is no JSON is a failure, and so is one that is cut short', async () => {
  const peer = await peerOf((_, response, count) => {
    if (count === 1) {
      response.end('<html>')
      return
    }
    response.writeHead(200, { 'content-length': 100 })
    response.write('{"data"')
    response.destroy()
  })
  await expect(peer.execute(ASK)).rejects.toThrow()
  await expect(peer.execute(ASK)).rejects.toThrow()
})
