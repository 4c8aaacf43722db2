import { afterAll, beforeAll, describe } from 'vitest'
import { type GraphMode, startTestGraph, type TestGraph } from '../support/graph.ts'
import { ourOwnClient } from './live/client.ts'
import { otherClients } from './live/clients.ts'
import { whatComesNext } from './live/next-delivery.ts'
import { ordersAsTheyChange } from './live/orders.ts'
import { partnersThatMayDoLess } from './live/partner-ends.ts'
import { signInsThatEnd } from './live/sign-out.ts'

const START_TIMEOUT_MS = 90_000

// Each of them has a business of its own, so one graph serves them all: seven processes take long to start.
describe.each<GraphMode>(['one box', 'seven processes'])('live, on %s', mode => {
  let graph: TestGraph

  beforeAll(async () => {
    graph = await startTestGraph(mode)
  }, START_TIMEOUT_MS)

  afterAll(() => graph?.stop(), START_TIMEOUT_MS)

  for (const watch of [
    ourOwnClient,
    otherClients,
    whatComesNext,
    ordersAsTheyChange,
    partnersThatMayDoLess,
    signInsThatEnd,
  ])
    watch(() => graph)
})
