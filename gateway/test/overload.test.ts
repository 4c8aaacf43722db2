import { createClient } from 'graphql-ws'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { compose } from './kit/compose.ts'
import { createShop, shopTexts } from './kit/shop.ts'
import { type StartedGateway, startGateway } from './kit/start-gateway.ts'

const sdl = compose(shopTexts)
const WAIT = { timeout: 15_000 }

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

/** A gateway whose subgraphs do not answer before they are told to. */
async function startHeld(waitMilliseconds: number) {
  let letGo = () => {}
  const held = new Promise<void>(resolve => {
    letGo = resolve
  })
  const services = createShop()
  for (const service of services.values()) service.before = () => held.then(() => undefined)
  const limits = { inFlight: 4, waiting: 6, waitMilliseconds }
  const started = await startGateway(sdl, services, { limits, metrics: { port: 0, host: '127.0.0.1' } })
  cleanups.push(() => started.gateway.stop())
  cleanups.push(() => letGo())
  return { started, letGo }
}

/** No two of them alike, so that none is answered by another's answer. */
let asked = 0
const ask = ({ ask: send }: StartedGateway) => send(`{ a${asked++}: me { id } }`)

describe('more than can be carried out', () => {
  it('is let in up to a bound, waits up to another, and is turned away beyond both, at once', async () => {
    const { started, letGo } = await startHeld(3_000)
    const first = Array.from({ length: 4 }, () => ask(started))
    await expect.poll(async () => metric(started, 'in_flight'), WAIT).toBe(3)
    // looks may not have the place that is kept for changes, so the fourth waits, with two more
    const second = Array.from({ length: 2 }, () => ask(started))
    await expect.poll(async () => metric(started, 'waiting'), WAIT).toBe(3)
    const turnedAway = await ask(started)
    expect(turnedAway.status).toBe(503)
    expect(turnedAway.headers.get('retry-after')).toBe('1')
    expect(turnedAway.body).toEqual({
      errors: [
        {
          message: 'Too much is asked of the shop at the moment, and nothing was done: try again in 1 s.',
          extensions: { code: 'OVERLOADED' },
        },
      ],
    })
    expect(await metric(started, 'turned_away_total')).toBe(1)
    // those that wait are turned away when that has taken too long
    const late = await Promise.all(second)
    expect(late.map(({ status }) => status)).toEqual([503, 503])
    letGo()
    const statuses = (await Promise.all(first)).map(({ status }) => status).sort()
    expect(statuses).toEqual([200, 200, 200, 503])
    // and it is as before right away
    for (let count = 0; count < 5; count++) expect((await ask(started)).status).toBe(200)
    expect(await metric(started, 'in_flight')).toBe(0)
  })

  it('is turned away by Apollo Server and on sockets alike', async () => {
    const { started, letGo } = await startHeld(300)
    const held = Array.from({ length: 3 }, () => ask(started))
    await expect.poll(async () => metric(started, 'in_flight'), WAIT).toBe(3)
    const odd = await fetch(`${started.url}?query=${encodeURIComponent('{ odd: me { id } }')}`, {
      headers: { 'content-type': 'application/json; charset=utf-8' },
    })
    expect([odd.status, odd.headers.get('retry-after')]).toEqual([503, '1'])
    expect(JSON.stringify(await odd.json())).toContain('"code":"OVERLOADED"')
    const client = createClient({ url: started.url.replace('http', 'ws'), webSocketImpl: WebSocket })
    const told = await new Promise(resolve =>
      client.subscribe({ query: '{ socket: me { id } }' }, { next: resolve, error: resolve, complete: () => {} }),
    )
    expect(told).toMatchObject([{ extensions: { code: 'OVERLOADED', retryAfterSeconds: 1 } }])
    await client.dispose()
    letGo()
    expect((await Promise.all(held)).map(({ status }) => status)).toEqual([200, 200, 200])
  })
})

async function metric({ gateway }: StartedGateway, name: string): Promise<number | undefined> {
  const text = await (await fetch(`http://127.0.0.1:${gateway.metricsAddress?.port}/metrics`)).text()
  const found = new RegExp(`^gateway_operations_${name}\\{path="/graphql"\\} (\\d+)$`, 'm').exec(text)
  return found?.[1] === undefined ? undefined : Number(found[1])
}
