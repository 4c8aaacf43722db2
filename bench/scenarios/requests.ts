import type { Scenario } from '../harness/scenario.ts'

export interface Request {
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
  /** The answer as this subject gave it when it was checked; every further one must be the same, byte for byte. */
  readonly expected: string
}

export interface Requests {
  readonly path: string
  readonly requests: readonly Request[]
}

const MAX_TOLD_CHARACTERS = 300

/** Users walk the same circle of requests from different places, so that they seldom ask for the same at once. */
export const scenario: Scenario<Requests> = ({ index, connection, parameters }) => {
  const { path, requests } = parameters
  const circle = requests.map(({ headers, body, expected }) => ({
    bytes: connection.prepare(path, headers, body),
    expected: Buffer.from(expected),
  }))
  // a stride through the circle that keeps users apart however many there are
  let next = (index * 7_919) % circle.length
  return async () => {
    const request = circle[next]
    if (request === undefined) throw new Error('there is nothing to ask')
    next = (next + 1) % circle.length
    const { status, body } = await connection.send(request.bytes)
    if (status !== 200 || !body.equals(request.expected)) {
      throw new Error(`${status}: ${body.toString('utf8', 0, MAX_TOLD_CHARACTERS)}`)
    }
  }
}
