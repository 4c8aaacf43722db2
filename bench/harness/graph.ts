import { isDeepStrictEqual } from 'node:util'
import type { Request } from '../scenarios/requests.ts'

const MAX_TOLD_CHARACTERS = 400

export interface GraphRequest {
  readonly query: string
  readonly variables?: Readonly<Record<string, unknown>>
}

export interface GraphAnswer {
  readonly data?: unknown
  readonly errors?: readonly unknown[]
}

export interface Endpoint {
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
}

export async function askText(
  { url, headers }: Endpoint,
  request: GraphRequest,
): Promise<{ text: string; response: Response }> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
    body: JSON.stringify(request),
  })
  return { text: await response.text(), response }
}

/** Asks once and gives the data; anything but a clean answer is an error. */
export async function ask<Data>(endpoint: Endpoint, request: GraphRequest): Promise<Data> {
  const { text, response } = await askText(endpoint, request)
  const answer = parse(text)
  if (!response.ok || answer.errors !== undefined || answer.data === undefined) {
    throw new Error(`${endpoint.url} answered ${response.status}: ${text.slice(0, MAX_TOLD_CHARACTERS)}`)
  }
  return answer.data as Data
}

/**
 * Asks each request once and keeps the answer as what every later one must equal, byte for byte. `check` sees the data
 * of each: that is where answers of different subjects are compared, by content, since the bytes may differ.
 */
export async function learn(
  endpoint: Endpoint,
  requests: readonly GraphRequest[],
  check: (data: unknown, position: number) => void,
): Promise<Request[]> {
  const learnt: Request[] = []
  for (const [position, request] of requests.entries()) {
    const { text, response } = await askText(endpoint, request)
    const answer = parse(text)
    if (!response.ok || answer.errors !== undefined) {
      throw new Error(`${endpoint.url} answered ${response.status}: ${text.slice(0, MAX_TOLD_CHARACTERS)}`)
    }
    check(answer.data, position)
    learnt.push({ body: JSON.stringify(request), headers: endpoint.headers ?? {}, expected: text })
  }
  return learnt
}

/** A check for `learn` that compares with the answers of a subject asked before. */
export function sameAs(expected: readonly unknown[], who: string): (data: unknown, position: number) => void {
  return (data, position) => {
    if (!isDeepStrictEqual(data, expected[position])) {
      const told = JSON.stringify(data).slice(0, MAX_TOLD_CHARACTERS)
      const wanted = JSON.stringify(expected[position]).slice(0, MAX_TOLD_CHARACTERS)
      throw new Error(`${who} answers request ${position} with\n${told}\nand not with\n${wanted}`)
    }
  }
}

function parse(text: string): GraphAnswer {
  try {
    return JSON.parse(text) as GraphAnswer
  } catch {
    throw new Error(`not JSON: ${text.slice(0, MAX_TOLD_CHARACTERS)}`)
  }
}
