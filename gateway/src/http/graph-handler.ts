import type { IncomingMessage } from 'node:http'
import { errorCodes, isErrorCode } from '@tillgraph/kit/errors'
import type { Logger } from '@tillgraph/kit/log'
import type { Door } from '@tillgraph/kit/overload/door'
import { type Engine, refusedAnswer } from '../execution/engine.ts'
import type { CallerReader, CallerReading } from '../identity/caller-reader.ts'
import { clientAddressOf } from '../identity/client-address.ts'
import type { HeaderForwarding } from '../identity/forwarded-headers.ts'
import type { OperationAdmission } from '../limiting/operation-admission.ts'
import { type Standing, standingHeaders, tooManyAnswer } from '../limiting/rate-limiter.ts'
import { NOT_TRUSTED } from '../operations/errors.ts'
import type { Limits } from '../operations/limits.ts'
import { hashOf, type PersistedQueries } from '../operations/persisted-queries.ts'
import { overloadedAnswer } from '../overload/overloaded-answer.ts'
import type { EventStreams } from '../subscriptions/event-streams.ts'
import { answerType } from './accept.ts'
import { type Answer, errorAnswer, JSON_CONTENT } from './answer.ts'
import type { ApolloHost, HostContext } from './apollo-host.ts'
import { readBody, textOf } from './body.ts'
import { type GraphParameters, isSafeFromForgery, readParameters, readSearchParameters } from './graph-parameters.ts'

export interface GraphHandlerOptions {
  readonly engine: Engine
  readonly host: ApolloHost
  readonly reader: CallerReader
  readonly forwarding: HeaderForwarding
  readonly persistedQueries: PersistedQueries
  readonly events: EventStreams
  readonly admission: OperationAdmission
  readonly door: Door
  readonly limits: Limits
  readonly log: Logger
}

/** Sent as `1` by clients that want to know what an operation may cost. */
const COST_HEADER = 'x-tillgraph-cost'
const JSON_BODY = /^application\/json[ \t]*(?:;|$)/i
const FOREIGN_CHARSET = /;[ \t]*charset=(?!"?utf-8"?[ \t]*(?:;|$))/i

/** Answers GraphQL requests over HTTP. */
export class GraphHandler {
  readonly #options: GraphHandlerOptions

  constructor(options: GraphHandlerOptions) {
    this.#options = options
  }

  /** Every answer says how near its caller has come to their limit. */
  async answer(request: IncomingMessage, requestId: string, search: string): Promise<Answer> {
    const standing: Standing = {}
    const answer = await this.#answer(request, requestId, search, standing)
    const headers = answer.status === 429 ? undefined : standingHeaders(standing)
    if (!headers) return answer
    return { ...answer, headers: answer.headers ? [...headers, ...answer.headers] : headers }
  }

  async #answer(request: IncomingMessage, requestId: string, search: string, standing: Standing): Promise<Answer> {
    const { reader, forwarding, door } = this.#options
    if (door.isFull) {
      // not even read: nobody could be let in
      request.resume()
      door.countTurnedAway()
      return overloadedAnswer(door, answerType(request.headers.accept))
    }
    const read = reader.read(request.headers.authorization)
    const caller = read instanceof Promise ? await read : read
    const counted = this.#options.admission.ofRequest(caller, clientAddressOf(request), standing)
    const tooMany = counted instanceof Promise ? await counted : counted
    if (tooMany) {
      request.resume()
      return tooManyAnswer(tooMany, answerType(request.headers.accept))
    }
    if (caller.kind === 'refused') return refusedCaller(caller, request)

    const headers = forwarding.pick(request.headers, requestId)
    const tellsCost = request.headers[COST_HEADER] === '1'
    const sharingKey = forwarding.sharingKey(headers)
    const context: HostContext = { headers, requestId, sharingKey, caller, tellsCost, standing }
    if (request.method === 'POST') return this.#post(request, context, search, caller)
    const parameters = request.method === 'GET' && isSafeFromForgery(request) ? readSearchParameters(search) : undefined
    return this.#run(request, context, search, parameters, undefined, caller)
  }

  async #post(request: IncomingMessage, context: HostContext, search: string, caller: CallerReading): Promise<Answer> {
    const body = await readBody(request, this.#options.limits.bodyBytes)
    if (body.kind === 'refused') {
      if (body.reason === 'encoded') return errorAnswer(415, 'BAD_REQUEST', 'A compressed body is not accepted.')
      if (body.reason === 'too large') {
        const limit = this.#options.limits.bodyBytes
        return errorAnswer(413, 'TOO_LARGE', `The body has more than ${limit} bytes.`)
      }
      return errorAnswer(400, 'BAD_REQUEST', 'The body was not received completely.')
    }
    const contentType = request.headers['content-type'] ?? ''
    // Apollo Server is given no body that is not JSON by its own declaration, and refuses the request for it.
    if (!JSON_BODY.test(contentType)) return this.#run(request, context, search, undefined, undefined, caller)
    if (FOREIGN_CHARSET.test(contentType)) return errorAnswer(415, 'BAD_REQUEST', 'The body must be JSON in UTF-8.')
    const text = textOf(body.bytes)
    if (text === undefined) return errorAnswer(400, 'BAD_REQUEST', 'The body is not valid UTF-8.')
    let parsed: unknown
    try {
      parsed = JSON.parse(text)
    } catch {
      return errorAnswer(400, 'BAD_REQUEST', 'The body is not valid JSON.')
    }
    return this.#run(request, context, search, readParameters(parsed), parsed, caller)
  }

  async #run(
    request: IncomingMessage,
    context: HostContext,
    search: string,
    parameters: GraphParameters | undefined,
    body: unknown,
    caller: CallerReading,
  ): Promise<Answer> {
    const contentType = answerType(request.headers.accept)
    const query = parameters && this.#queryOf(parameters)
    const { engine, persistedQueries, admission } = this.#options
    const counted = admission.beforeCompiling(caller, query, parameters?.operationName, context.standing)
    const tooMany = counted instanceof Promise ? await counted : counted
    if (tooMany) return tooManyAnswer(tooMany, contentType)
    if (query === undefined && parameters?.persistedHash !== undefined && !persistedQueries.takesMore) {
      return { ...refusedAnswer(NOT_TRUSTED.status, NOT_TRUSTED.errors), contentType: contentType ?? JSON_CONTENT }
    }
    if (parameters && query !== undefined && this.#wantsEvents(request, query, parameters)) {
      const payload = { query, operationName: parameters.operationName, variables: parameters.variables }
      const stream = this.#options.events.writer(payload, caller, context.headers)
      return { status: 200, contentType: 'text/event-stream', body: '', stream, cacheControl: 'no-cache' }
    }
    if (!parameters || query === undefined || contentType === undefined)
      return this.#outOfTheOrdinary(request, context, search, body)
    const compiled = engine.find(query, parameters.operationName, parameters.variables)
    const weighed = admission.beforeRunning(caller, compiled, parameters.variables, context.standing)
    const tooDear = weighed instanceof Promise ? await weighed : weighed
    if (tooDear) return tooManyAnswer(tooDear, contentType)
    if (compiled.kind === 'refused') return { ...refusedAnswer(compiled.status, compiled.errors), contentType }
    const kind = compiled.operation.operation
    if (kind === 'subscription') {
      const message = 'Subscriptions are served over WebSocket and as server-sent events.'
      return errorAnswer(400, 'BAD_REQUEST', message, contentType)
    }
    if (request.method === 'GET' && kind !== 'query') return this.#outOfTheOrdinary(request, context, search, body)
    if (parameters.persistedHash !== undefined && parameters.query !== undefined) {
      persistedQueries.set(parameters.persistedHash, query)
    }
    const { door } = this.#options
    const entered = door.enter(kind === 'mutation' ? 'change' : 'look')
    if (!(entered === true || (await entered))) return overloadedAnswer(door, contentType)
    const since = door.moment()
    try {
      const { headers, requestId, sharingKey, tellsCost } = context
      const answer = await engine.answer(compiled, {
        variables: parameters.variables,
        headers,
        requestId,
        sharingKey,
        caller,
        tellsCost,
      })
      return { status: answer.status, body: answer.body, contentType }
    } finally {
      door.leave(since)
    }
  }

  /** Clients that list what they accept for any operation mean events for subscriptions; others ask for nothing else. */
  #wantsEvents(request: IncomingMessage, query: string, { operationName, variables }: GraphParameters): boolean {
    const { accept } = request.headers
    if (request.method !== 'POST' || !accept?.includes('text/event-stream')) return false
    if (answerType(accept) === undefined) return true
    const compiled = this.#options.engine.find(query, operationName, variables)
    return compiled.kind === 'compiled' && compiled.operation.operation === 'subscription'
  }

  /** Undefined when the document is not known by its hash, or is not the one that the hash stands for. */
  #queryOf({ query, persistedHash }: GraphParameters): string | undefined {
    if (persistedHash === undefined) return query
    if (query === undefined) return this.#options.persistedQueries.get(persistedHash)
    return hashOf(query) === persistedHash ? query : undefined
  }

  #outOfTheOrdinary(request: IncomingMessage, context: HostContext, search: string, body: unknown): Promise<Answer> {
    const { method = 'GET', headers } = request
    return this.#options.host.answer({ method, headers, search, body }, context)
  }
}

function refusedCaller(caller: CallerReading & { kind: 'refused' }, request: IncomingMessage): Answer {
  request.resume()
  const status = isErrorCode(caller.code) ? errorCodes[caller.code].status : 401
  const answer = errorAnswer(status, caller.code, caller.message, answerType(request.headers.accept))
  return status === 401 ? { ...answer, headers: ['www-authenticate', 'Bearer'] } : answer
}
