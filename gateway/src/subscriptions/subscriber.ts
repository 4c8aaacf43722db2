import { randomUUID } from 'node:crypto'
import type { Door } from '@tillgraph/kit/overload/door'
import type { GraphQLFormattedError } from 'graphql'
import { type Engine, refuseAccess } from '../execution/engine.ts'
import { readParameters } from '../http/graph-parameters.ts'
import type { CallerReader, CallerReading } from '../identity/caller-reader.ts'
import type { HeaderForwarding, Headers } from '../identity/forwarded-headers.ts'
import type { OperationAdmission } from '../limiting/operation-admission.ts'
import { TOO_MANY_MESSAGE, type TooMany } from '../limiting/rate-limiter.ts'
import { NOT_TRUSTED } from '../operations/errors.ts'
import type { PersistedQueries } from '../operations/persisted-queries.ts'
import { overloadedError } from '../overload/overloaded-answer.ts'
import { Push } from './push.ts'
import type { SubscriptionHub } from './subscription-hub.ts'

/** Whoever reads the answers of one operation, over whatever carries them. */
export interface Reader {
  joined(leave: () => void): void
  next(push: Push): void
  error(errors: readonly GraphQLFormattedError[]): void
  complete(): void
}

export interface Subscription {
  leave: () => void
}

export interface Surroundings {
  readonly caller: CallerReading
  /** As they are now: a token may be renewed while a subscription runs. */
  readonly headers: () => Headers
  readonly currentCaller: () => CallerReading | undefined
  /** Where it comes from; undefined where the request that brought it was counted already. */
  readonly address: string | undefined
}

export interface SubscriberOptions {
  readonly engine: Engine
  readonly hub: SubscriptionHub
  readonly reader: CallerReader
  readonly forwarding: HeaderForwarding
  readonly persistedQueries: PersistedQueries
  readonly admission: OperationAdmission
  readonly door: Door
}

/** Word for word what Apollo Server says: clients send the document with its hash then. */
const PERSISTED_NOT_FOUND: GraphQLFormattedError = {
  message: 'PersistedQueryNotFound',
  extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' },
}

/** Starts operations for clients that can wait for more than one answer: sockets and event streams. */
export class Subscriber {
  readonly #options: SubscriberOptions

  constructor(options: SubscriberOptions) {
    this.#options = options
  }

  read(headers: Headers): CallerReading | Promise<CallerReading> {
    return this.#options.reader.read(headers.authorization)
  }

  async begin(payload: unknown, surroundings: Surroundings, reader: Reader): Promise<void> {
    const { engine, hub, persistedQueries, admission, door } = this.#options
    const parameters = readParameters(payload)
    const query = parameters?.query ?? (parameters?.persistedHash && persistedQueries.get(parameters.persistedHash))
    if (parameters && !query)
      return reader.error(persistedQueries.takesMore ? [PERSISTED_NOT_FOUND] : NOT_TRUSTED.errors)
    if (!parameters || !query) {
      const message = 'The payload must be an object with a query and, where there are any, variables.'
      return reader.error([{ message, extensions: { code: 'BAD_REQUEST' } }])
    }
    const { operationName, variables } = parameters
    const tooMany =
      (surroundings.address === undefined
        ? undefined
        : await admission.ofRequest(surroundings.caller, surroundings.address)) ??
      (await admission.beforeCompiling(surroundings.caller, query, operationName))
    if (tooMany) return reader.error([tooManyOf(tooMany)])
    const compiled = engine.find(query, operationName, variables)
    const tooDear = await admission.beforeRunning(surroundings.caller, compiled, variables)
    if (tooDear) return reader.error([tooManyOf(tooDear)])
    if (compiled.kind === 'refused') return reader.error(compiled.errors)
    const requestId = surroundings.headers()['x-request-id'] ?? randomUUID()
    const headers = () => ({ ...surroundings.headers(), 'x-request-id': requestId })
    const sharingKey = this.#sharingKey(surroundings, compiled.stream?.isPersonal === true)
    const refused = refuseAccess(compiled, surroundings.caller)
    if (refused) return reader.error(refused.errors)
    if (!compiled.stream) {
      const isIn = await door.enter(compiled.operation.operation === 'mutation' ? 'change' : 'look')
      if (!isIn) return reader.error([overloadedError(door).toJSON()])
      const since = door.moment()
      try {
        const asked = { variables, headers: headers(), requestId, sharingKey, caller: surroundings.caller }
        reader.next(new Push((await engine.answer(compiled, asked)).body.toString().trimEnd()))
        return reader.complete()
      } finally {
        door.leave(since)
      }
    }
    const joined = hub.join(
      compiled,
      { query, operationName, variables, sharingKey, requestId },
      {
        headers,
        lastsUntil: () => {
          const caller = surroundings.currentCaller()
          return caller?.kind === 'caller' ? caller.expiresAt.getTime() : 0
        },
        next: push => reader.next(push),
        error: errors => reader.error(errors),
        complete: () => reader.complete(),
      },
    )
    if (joined.kind === 'refused') return reader.error(joined.errors)
    reader.joined(joined.leave)
  }

  /** Callers known by their rights share; those whose token nobody here reads share only with the same token. */
  #sharingKey({ caller, headers }: Surroundings, isPersonal: boolean): string {
    const { forwarding } = this.#options
    if (caller.kind !== 'caller') return forwarding.sharingKey(headers())
    const { authorization: _read, ...others } = headers()
    const scope = isPersonal ? `${caller.scope} ${caller.subject}` : caller.scope
    return `${scope}\n${forwarding.sharingKey(others)}`
  }
}

function tooManyOf({ waitSeconds }: TooMany): GraphQLFormattedError {
  return { message: TOO_MANY_MESSAGE, extensions: { code: 'TOO_MANY_REQUESTS', retryAfterSeconds: waitSeconds } }
}
