import { wholeNumber } from '@tillgraph/kit/events/event-contract'
import { createQueue } from '@tillgraph/kit/events/queue-contract'
import { z } from 'zod'

/** A queue as the tests use it. */
export const chargeQueue = createQueue('test-charges', z.object({ amount: wholeNumber }), {
  attempts: 3,
  backoffFirstMs: 20,
  backoffMostMs: 50,
})
