// A process of tills: sends what it is given, so many at once, and tells the answers. Driven over fork's channel.
import { createHash } from 'node:crypto'

export interface TillJob {
  readonly url: string
  readonly token: string
  readonly query: string
  /** The variables of each request. */
  readonly requests: readonly Record<string, unknown>[]
  readonly atOnce: number
}

export interface TillAnswer {
  readonly status: number
  readonly outcome: string
  /** Of the answer's text: two answers are the same when this is. */
  readonly digest: string
}

process.on('message', (job: TillJob) => {
  run(job).then(
    answers => process.send?.({ answers }),
    error => process.send?.({ broken: String(error?.cause ?? error) }),
  )
})
process.on('disconnect', () => process.exit())

const TRIES_MOST = 60

/** A till that is turned away because there are too many comes again when it is told to. */
async function sendUntilLetIn(url: string, token: string, body: string): Promise<Response> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` }
  for (let tries = 1; ; tries++) {
    const response = await fetch(url, { method: 'POST', headers, body })
    const retryAfter = Number(response.headers.get('retry-after'))
    if (response.status !== 503 || !(retryAfter > 0) || tries === TRIES_MOST) return response
    await response.text()
    await new Promise(resolve => setTimeout(resolve, retryAfter * 1_000 * (1 + Math.random())))
  }
}

async function run({ url, token, query, requests, atOnce }: TillJob): Promise<TillAnswer[]> {
  const answers: TillAnswer[] = new Array(requests.length)
  let next = 0
  const send = async () => {
    for (let index = next++; index < requests.length; index = next++) {
      const response = await sendUntilLetIn(url, token, JSON.stringify({ query, variables: requests[index] }))
      const text = await response.text()
      const first = Object.values(JSON.parse(text).data ?? {})[0] as { __typename?: string } | undefined
      const outcome = first?.__typename ?? text
      answers[index] = { status: response.status, outcome, digest: createHash('sha256').update(text).digest('hex') }
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, requests.length) }, send))
  return answers
}
