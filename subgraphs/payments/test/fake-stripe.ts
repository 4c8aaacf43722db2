import { createServer, type IncomingMessage } from 'node:http'

interface Intent {
  id: string
  object: 'payment_intent'
  amount: number
  currency: string
  status: string
  payment_method: string
  metadata: Record<string, string>
  latest_charge: object | null
  last_payment_error: object | null
}

interface Refund {
  id: string
  object: 'refund'
  amount: number
  status: string
  payment_intent: string
  metadata: Record<string, string>
}

/** The few endpoints of Stripe that payments speak, with its idempotency keys. Tokens say how a card behaves. */
export async function startFakeStripe() {
  const intents = new Map<string, Intent>()
  const refunds: Refund[] = []
  const answered = new Map<string, { status: number; body: object }>()
  const calls: string[] = []
  /** Answers to these calls are lost on the way: the work is done, the socket is cut. */
  const lose = new Set<string>()

  function carryOut(method: string, path: string, form: URLSearchParams): { status: number; body: object } {
    const [, , what = '', id = '', step = ''] = path.split('/')
    const metadata = Object.fromEntries(
      [...form].flatMap(([name, value]) => {
        const key = /^metadata\[(\w+)\]$/.exec(name)?.[1]
        return key === undefined ? [] : [[key, value]]
      }),
    )
    if (what === 'payment_intents' && method === 'POST' && id === '') {
      const intent: Intent = {
        id: `pi_${intents.size + 1}`,
        object: 'payment_intent',
        amount: Number(form.get('amount')),
        currency: form.get('currency') ?? '',
        status: 'requires_confirmation',
        payment_method: form.get('payment_method') ?? '',
        metadata,
        latest_charge: null,
        last_payment_error: null,
      }
      if (intent.payment_method === 'pm_nonsense')
        return fault(400, { type: 'invalid_request_error', code: 'resource_missing', message: 'no such method' })
      intents.set(intent.id, intent)
      return { status: 200, body: intent }
    }
    const intent = intents.get(id)
    if (what === 'payment_intents' && intent) {
      if (step === 'confirm') return confirm(intent)
      if (step === 'cancel') {
        if (intent.status === 'succeeded')
          return fault(400, {
            type: 'invalid_request_error',
            code: 'payment_intent_unexpected_state',
            message: 'taken',
          })
        intent.status = 'canceled'
      }
      return { status: 200, body: intent }
    }
    if (what === 'refunds' && method === 'POST') return refund(form, metadata)
    if (what === 'refunds') {
      const data = refunds.filter(one => one.payment_intent === form.get('payment_intent'))
      return { status: 200, body: { object: 'list', data, has_more: false, url: '/v1/refunds' } }
    }
    return fault(404, { type: 'invalid_request_error', code: 'resource_missing', message: 'nothing here' })
  }

  function confirm(intent: Intent) {
    if (intent.status === 'succeeded' || intent.status === 'canceled')
      return fault(400, { type: 'invalid_request_error', code: 'payment_intent_unexpected_state', message: 'no' })
    if (intent.payment_method === 'pm_declined') {
      intent.status = 'requires_payment_method'
      intent.last_payment_error = { type: 'card_error', code: 'card_declined', decline_code: 'lost_card' }
      return fault(402, { type: 'card_error', code: 'card_declined', decline_code: 'lost_card', message: 'declined' })
    }
    if (intent.payment_method === 'pm_3ds') intent.status = 'requires_action'
    else {
      intent.status = 'succeeded'
      intent.latest_charge = {
        id: `ch_${intent.id}`,
        object: 'charge',
        payment_method_details: { card: { brand: 'mastercard', last4: '4444' } },
      }
    }
    return { status: 200, body: intent }
  }

  function refund(form: URLSearchParams, metadata: Record<string, string>) {
    const intent = intents.get(form.get('payment_intent') ?? '')
    const before = refunds.filter(one => one.payment_intent === intent?.id).reduce((sum, one) => sum + one.amount, 0)
    const amount = Number(form.get('amount') ?? (intent?.amount ?? 0) - before)
    if (intent?.status !== 'succeeded' || before + amount > intent.amount || amount === 0)
      return fault(400, { type: 'invalid_request_error', code: 'charge_already_refunded', message: 'no' })
    const made: Refund = {
      id: `re_${refunds.length + 1}`,
      object: 'refund',
      ...{ amount, status: 'succeeded', payment_intent: intent.id, metadata },
    }
    refunds.push(made)
    return { status: 200, body: made }
  }

  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://stripe.test')
    const form = request.method === 'GET' ? searchParams : new URLSearchParams(await bodyOf(request))
    const name = `${request.method} ${pathname.replace(/(pi|re)_\d+/, ':id')}`
    calls.push(name)
    const key = request.headers['idempotency-key']
    const known = typeof key === 'string' ? answered.get(key) : undefined
    const answer = known ?? carryOut(request.method ?? '', pathname, form)
    if (typeof key === 'string' && request.method === 'POST') answered.set(key, answer)
    if (lose.delete(name)) {
      request.socket.destroy()
      return
    }
    response.writeHead(answer.status, { 'content-type': 'application/json', 'request-id': 'req_1' })
    response.end(JSON.stringify(answer.body))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    intents,
    refunds,
    calls,
    lose,
    /** As Stripe does after a day. */
    forgetKeys: () => answered.clear(),
    stop: () =>
      new Promise<void>(resolve => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

function fault(status: number, error: object) {
  return { status, body: { error } }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return text
}
