import type { IncomingMessage } from 'node:http'
import type { Variables } from '../operations/variables.ts'

/** What a GraphQL request asks for, in the one shape that the fast path takes. */
export interface GraphParameters {
  readonly query: string | undefined
  readonly operationName: string | undefined
  readonly variables: Variables
  readonly persistedHash: string | undefined
}

const NO_VARIABLES: Variables = {}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Undefined for everything out of the ordinary: Apollo Server then says what is wrong with it. */
export function readParameters(body: unknown): GraphParameters | undefined {
  if (!isRecord(body)) return undefined
  const { query, operationName, variables, extensions } = body
  if (query !== undefined && query !== null && typeof query !== 'string') return undefined
  if (operationName !== undefined && operationName !== null && typeof operationName !== 'string') return undefined
  if (variables !== undefined && variables !== null && !isRecord(variables)) return undefined
  if (extensions !== undefined && extensions !== null && !isRecord(extensions)) return undefined
  let persistedHash: string | undefined
  const persisted = extensions?.persistedQuery
  if (persisted) {
    if (!isRecord(persisted) || persisted.version !== 1 || typeof persisted.sha256Hash !== 'string') return undefined
    persistedHash = persisted.sha256Hash
  }
  if (!query && persistedHash === undefined) return undefined
  return {
    query: query === '' ? undefined : (query ?? undefined),
    operationName: operationName === '' ? undefined : (operationName ?? undefined),
    variables: variables ?? NO_VARIABLES,
    persistedHash,
  }
}

const NAMES = ['query', 'operationName', 'variables', 'extensions'] as const

/** The same from the address of a GET request. */
export function readSearchParameters(search: string): GraphParameters | undefined {
  const given = new URLSearchParams(search)
  const body: Record<string, unknown> = {}
  for (const name of NAMES) {
    const values = given.getAll(name)
    if (values.length > 1) return undefined
    const [value] = values
    if (value === undefined) continue
    if (name === 'query' || name === 'operationName') body[name] = value
    else {
      try {
        body[name] = JSON.parse(value)
      } catch {
        return undefined
      }
      if (!isRecord(body[name])) return undefined
    }
  }
  return readParameters(body)
}

/** Whether a browser would have asked before sending this from a foreign page, as Apollo Server judges it. */
export function isSafeFromForgery(request: IncomingMessage): boolean {
  const { headers } = request
  return (
    headers['content-type'] === 'application/json' ||
    (headers['content-type'] === undefined &&
      Boolean(headers['x-apollo-operation-name'] || headers['apollo-require-preflight']))
  )
}
