import { Connection } from '../../bench/harness/connection.ts'

/** What a shop asks all day, at a pace of its own, from a process that nothing else disturbs. */
export interface NormalJob {
  readonly origin: string
  readonly headers: Readonly<Record<string, string>>
  readonly bodies: readonly string[]
  readonly connections: number
  readonly perSecond: number
}

export interface NormalReport {
  readonly asked: number
  readonly milliseconds: readonly number[]
  readonly wrong: readonly string[]
}

const WRONG_TOLD_MAX = 5
let milliseconds: number[] = []
let wrong: string[] = []
let running = true

async function ask(job: NormalJob, index: number): Promise<void> {
  const connection = new Connection(job.origin)
  const requests = job.bodies.map(body => connection.prepare('/graphql', job.headers, body))
  const pauseMs = (1_000 * job.connections) / job.perSecond
  const begin = performance.now()
  for (let turn = 0; running; turn++) {
    // By the clock and not after the last answer, so that a slow answer does not spare the server the next question.
    const wait = begin + (turn + index / job.connections) * pauseMs - performance.now()
    if (wait > 0) await new Promise(resolve => setTimeout(resolve, wait))
    const started = performance.now()
    try {
      const { status, body } = await connection.send(requests[(turn + index) % requests.length] as Buffer)
      milliseconds.push(performance.now() - started)
      const text = body.toString('utf8')
      if (status !== 200 || text.startsWith('{"errors"')) wrong.push(`${status} ${text.slice(0, 200)}`)
    } catch (error) {
      wrong.push((error as Error).message)
    }
    if (wrong.length > WRONG_TOLD_MAX) wrong.length = WRONG_TOLD_MAX
  }
  connection.close()
}

process.on('message', (message: NormalJob | 'take') => {
  if (message === 'take') {
    const report: NormalReport = { asked: milliseconds.length, milliseconds, wrong }
    process.send?.(report)
    milliseconds = []
    wrong = []
    return
  }
  for (let index = 0; index < message.connections; index++) void ask(message, index)
})
process.on('disconnect', () => {
  running = false
})
