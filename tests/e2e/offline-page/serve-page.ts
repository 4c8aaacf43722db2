import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { rolldown } from 'rolldown'

const HTML = '<!doctype html><meta charset="utf-8"><title>Till</title><script type="module" src="/page.js"></script>'

export interface PageServer {
  readonly url: string
  /** How many requests came for the graph. */
  readonly asked: number
  /** While it is cut, whoever asks for the graph finds the line dead. */
  cut: boolean
  stop(): Promise<void>
}

/** Serves the till's page, bundled for a browser, and the graph behind it under one origin. */
export async function servePage(graphUrl: string): Promise<PageServer> {
  const scripts = new Map([
    ['/page.js', await bundle('page.ts')],
    ['/worker.js', await bundle('worker.ts')],
  ])
  const graph = new URL(graphUrl)
  let asked = 0
  const server = createServer(async (request, response) => {
    const path = request.url ?? '/'
    const script = scripts.get(path)
    if (path === '/') response.setHeader('content-type', 'text/html').end(HTML)
    else if (script !== undefined) response.setHeader('content-type', 'text/javascript').end(script)
    else if (path === '/graphql' || path === '/.well-known/jwks.json') {
      asked += 1
      if (pageServer.cut) {
        request.socket.destroy()
        return
      }
      const answer = await forward(request, new URL(path, graph))
      response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'text/plain' })
      response.end(Buffer.from(await answer.arrayBuffer()))
    } else response.writeHead(404).end()
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const pageServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    get asked() {
      return asked
    },
    cut: false,
    stop: () => stop(server),
  }
  return pageServer
}

async function forward(request: IncomingMessage, url: URL): Promise<Response> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const { 'content-type': type, authorization, 'idempotency-key': key } = request.headers
  const headers = Object.entries({ 'content-type': type, authorization, 'idempotency-key': key })
  return fetch(url, {
    method: request.method ?? 'GET',
    headers: headers.flatMap(([name, value]) => (typeof value === 'string' ? [[name, value] as [string, string]] : [])),
    ...(request.method === 'POST' ? { body: Buffer.concat(chunks) } : {}),
  })
}

async function bundle(file: string): Promise<string> {
  const build = await rolldown({
    input: join(import.meta.dirname, file),
    platform: 'browser',
    resolve: { conditionNames: ['browser', 'import', 'default'] },
    logLevel: 'silent',
  })
  try {
    const { output } = await build.generate({ format: 'es', codeSplitting: false })
    return output[0].code
  } finally {
    await build.close()
  }
}

function stop(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise(resolve => server.close(() => resolve()))
}
