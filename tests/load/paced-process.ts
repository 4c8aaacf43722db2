import { Connection } from '../../bench/harness/connection.ts'

/** Something that is asked again and again. */
export interface PacedRequest {
  readonly name: string
  readonly body: string
}

/** What a shop asks all day, at a pace of its own, from a process that nothing else disturbs. */
export interface PacedJob {
  readonly origin: string
  readonly headers: Readonly<Record<string, string>>
  readonly requests: readonly PacedRequest[]
  readonly connections: number
  /** As fast as the connections go when left out. */
  readonly perSecond?: number
}

export interface PacedFailure {
  readonly name: string
  /** When it was known, in milliseconds since 1970. */
  readonly at: number
  readonly told: string
}

export interface PacedReport {
  readonly milliseconds: readonly number[]
  readonly failures: readonly PacedFailure[]
}

export type PacedWord = PacedJob | { readonly headers: Readonly<Record<string, string>> } | 'take'

const FAILURES_MAX = 20_000
const PAUSE_AFTER_FAILURE_MS = 20
let milliseconds: number[] = []
let failures: PacedFailure[] = []
let running = true
let prepare = (_connection: Connection, _request: PacedRequest): Buffer => Buffer.alloc(0)

async function ask({ origin, requests, connections, perSecond }: PacedJob, index: number): Promise<void> {
  const connection = new Connection(origin)
  const pauseMs = perSecond === undefined ? 0 : (1_000 * connections) / perSecond
  const begin = performance.now()
  for (let turn = 0; running; turn++) {
    // By the clock and not after the last answer: a slow answer does not spare the server the next question.
    const wait = pauseMs === 0 ? 0 : begin + (turn + index / connections) * pauseMs - performance.now()
    if (wait > 0) await new Promise(resolve => setTimeout(resolve, wait))
    const request = requests[(turn + index) % requests.length] as PacedRequest
    const started = performance.now()
    try {
      const { status, body } = await connection.send(prepare(connection, request))
      milliseconds.push(performance.now() - started)
      const text = body.toString('utf8')
      if (status !== 200 || text.startsWith('{"errors"')) await fail(request, `${status} ${text.slice(0, 200)}`)
    } catch (error) {
      await fail(request, (error as Error).message)
    }
  }
  connection.close()
}

function fail({ name }: PacedRequest, told: string): Promise<void> {
  if (failures.length < FAILURES_MAX) failures.push({ name, at: Date.now(), told })
  return new Promise(resolve => setTimeout(resolve, PAUSE_AFTER_FAILURE_MS))
}

process.on('message', (word: PacedWord) => {
  if (word === 'take') {
    const report: PacedReport = { milliseconds, failures }
    process.send?.(report)
    milliseconds = []
    failures = []
    return
  }
  const { headers } = word
  prepare = (connection, { body }) => connection.prepare('/graphql', headers, body)
  if ('requests' in word) for (let index = 0; index < word.connections; index++) void ask(word, index)
})
process.on('disconnect', () => {
  running = false
})
