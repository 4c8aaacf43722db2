import { createClient } from 'graphql-ws'
import { expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { compose } from './kit/compose.ts'
import { startGateway } from './kit/start-gateway.ts'
import { createStreamingShop, StockLedger, streamTexts } from './kit/stock-stream.ts'

it('the streaming part is told to Prometheus, on a port of its own and not on the public one', async () => {
  const ledger = new StockLedger()
  ledger.change(100)
  await using started = await startGateway(compose(streamTexts), createStreamingShop(ledger), {
    metrics: { port: 0, host: '127.0.0.1' },
  })
  const client = createClient({ url: started.url.replace('http', 'ws'), webSocketImpl: WebSocket })
  let events = 0
  for (let subscriber = 0; subscriber < 3; subscriber++) {
    client.subscribe(
      { query: 'subscription { stockChanged(store: "s1") { level { quantity } } }' },
      {
        next: () => {
          events += 1
        },
        error: () => {},
        complete: () => {},
      },
    )
  }
  await expect.poll(() => events).toBe(3)
  ledger.change(99)
  await expect.poll(() => events).toBe(6)

  const address = `http://127.0.0.1:${started.gateway.metricsAddress?.port}`
  const response = await fetch(`${address}/metrics`)
  expect(response.headers.get('content-type')).toMatch('text/plain')
  const text = await response.text()
  const read = (name: string) => Number(new RegExp(`^${name}(?:{[^}]*})? (\\S+)$`, 'm').exec(text)?.[1])
  expect({
    sockets: read('gateway_sockets'),
    subscribers: read('gateway_subscribers'),
    upstreams: read('gateway_upstreams'),
    pushes: read('gateway_pushes_total'),
    drops: read('gateway_drops_total'),
    eventStreams: read('gateway_event_streams'),
  }).toEqual({ sockets: 1, subscribers: 3, upstreams: 1, pushes: 6, drops: 0, eventStreams: 0 })
  expect(read('gateway_events_total')).toBeGreaterThanOrEqual(2)
  expect(read('gateway_push_lag_seconds_count')).toBe(read('gateway_events_total'))
  expect(read('process_resident_memory_bytes')).toBeGreaterThan(1_000_000)
  expect((await fetch(`${address}/graphql`)).status).toBe(404)
  expect((await fetch(started.url.replace('/graphql', '/metrics'))).status).toBe(404)
  await client.dispose()
})
