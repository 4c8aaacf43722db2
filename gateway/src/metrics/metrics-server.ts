import http from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Registry } from 'prom-client'

const CONNECTIONS_MAX = 20
const HEADERS_MILLISECONDS = 5_000

export interface MetricsAddress {
  readonly port: number
  readonly host: string
}

export interface MetricsServer {
  readonly address: AddressInfo
  stop(): Promise<void>
}

/** `GET /metrics` on a port of its own, so that nothing that is open to the world can answer it. */
export async function serveMetrics(registry: Registry, { port, host }: MetricsAddress): Promise<MetricsServer> {
  const server = http.createServer({ headersTimeout: HEADERS_MILLISECONDS }, (request, response) => {
    request.resume()
    if (request.method !== 'GET' || request.url?.split('?')[0] !== '/metrics') {
      response.writeHead(404).end()
      return
    }
    registry.metrics().then(
      text => response.writeHead(200, { 'content-type': registry.contentType, 'cache-control': 'no-store' }).end(text),
      () => response.writeHead(500).end(),
    )
  })
  server.maxConnections = CONNECTIONS_MAX
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  return {
    address: server.address() as AddressInfo,
    stop: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
