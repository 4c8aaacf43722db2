import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { buildSubgraphSchema } from '@apollo/subgraph'
import type { GraphAnswer, GraphRequest, GraphService } from '@tillgraph/kit/graph-request'
import {
  type DocumentNode,
  execute,
  type FieldNode,
  type GraphQLFieldResolver,
  type GraphQLSchema,
  isInterfaceType,
  isObjectType,
  Kind,
  parse,
  type SelectionSetNode,
  subscribe,
  TypeInfo,
  validate,
  visit,
  visitWithTypeInfo,
} from 'graphql'
import { LRUCache } from 'lru-cache'

const DOCUMENTS_MAX = 500

type Resolvers = Record<string, Record<string, unknown>>

/** A subgraph of this process on graphql-js, for tests and measurements. Counts and remembers what it was asked. */
export class TestSubgraph implements GraphService {
  readonly requests: GraphRequest[] = []
  /** Set to make it fail: called before each execution. */
  before: ((request: GraphRequest) => GraphAnswer | Promise<GraphAnswer | undefined> | undefined) | undefined
  /**
   * Makes up for what the stock executor gets wrong. It is answered with the type of every object, asked for or not,
   * and what it should never have sent (an object of a type that is not known here, or without a key) is left out
   * instead of failing its request.
   */
  helpsStock = false
  readonly schema: GraphQLSchema
  readonly #documents = new LRUCache<string, DocumentNode>({ max: DOCUMENTS_MAX })
  readonly #documentsWithTypeNames = new LRUCache<string, DocumentNode>({ max: DOCUMENTS_MAX })
  readonly #fieldResolver: GraphQLFieldResolver<unknown, unknown> | undefined

  constructor(
    typeDefs: string,
    resolvers: Resolvers = {},
    fieldResolver: GraphQLFieldResolver<unknown, unknown> | undefined = undefined,
  ) {
    this.schema = buildSubgraphSchema({ typeDefs: parse(typeDefs), resolvers: resolvers as never })
    this.#fieldResolver = fieldResolver
  }

  async execute(request: GraphRequest): Promise<GraphAnswer> {
    this.requests.push(request)
    const instead = await this.before?.(request)
    if (instead) return instead
    const sent = this.helpsStock ? withoutMistakes(this.schema, request) : undefined
    const result = await execute({
      schema: this.schema,
      document: this.helpsStock ? this.#withTypeNames(request.query) : this.#document(request.query),
      variableValues: sent?.variables ?? request.variables ?? {},
      operationName: request.operationName ?? null,
      contextValue: { headers: request.headers },
      fieldResolver: this.#fieldResolver ?? null,
    })
    const answer = JSON.parse(JSON.stringify(result)) as GraphAnswer
    if (!this.helpsStock) return answer
    forgetInterfaceObjects(answer.data?._entities)
    return sent ? sent.restore(answer) : answer
  }

  async *subscribe(request: GraphRequest): AsyncIterable<GraphAnswer> {
    this.requests.push(request)
    const result = await subscribe({
      schema: this.schema,
      document: this.#document(request.query),
      variableValues: request.variables ?? {},
      operationName: request.operationName ?? null,
      contextValue: { headers: request.headers },
    })
    if (!(Symbol.asyncIterator in result)) {
      yield JSON.parse(JSON.stringify(result)) as GraphAnswer
      return
    }
    for await (const event of result) yield JSON.parse(JSON.stringify(event)) as GraphAnswer
  }

  #withTypeNames(query: string): DocumentNode {
    const known = this.#documentsWithTypeNames.get(query)
    if (known) return known
    const typeInfo = new TypeInfo(this.schema)
    const document = visit(
      this.#document(query),
      visitWithTypeInfo(typeInfo, {
        SelectionSet(node) {
          const type = typeInfo.getParentType()
          // An interface object would answer with the name of the interface and hide the real one.
          if (!type || type.name === 'Media' || type.name === '_Entity') return undefined
          const typeName: FieldNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } }
          return { ...node, selections: [...node.selections, typeName] }
        },
      }),
    )
    this.#documentsWithTypeNames.set(query, document)
    return document
  }

  #document(query: string): DocumentNode {
    const known = this.#documents.get(query)
    if (known) return known
    const document = parse(query)
    const faults = validate(this.schema, document)
    if (faults.length > 0) throw new Error(`The plan is not valid for the subgraph: ${faults.join('; ')}\n${query}`)
    this.#documents.set(query, document)
    return document
  }
}

interface Corrected {
  readonly variables: Readonly<Record<string, unknown>>
  /** Puts the answer for what was left out, nothing, where it belongs. */
  restore(answer: GraphAnswer): GraphAnswer
}

/** Undefined where there is nothing to be left out. */
function withoutMistakes(schema: GraphQLSchema, { variables }: GraphRequest): Corrected | undefined {
  const given = variables?.representations
  if (!Array.isArray(given)) return undefined
  const kept = given.flatMap((representation, index) => (isFindable(schema, representation) ? [index] : []))
  if (kept.length === given.length) return undefined
  return {
    variables: { ...variables, representations: kept.map(index => given[index]) },
    restore: ({ data, errors, ...rest }) => {
      const found = data?._entities as unknown[] | undefined
      const entities = found && given.map((_, index) => found[kept.indexOf(index)] ?? null)
      const placed = errors?.map(error => {
        const [name, number, ...inner] = error.path ?? []
        return typeof number === 'number'
          ? { ...error, path: [name as string, kept[number] as number, ...inner] }
          : error
      })
      return {
        ...rest,
        ...(placed && { errors: placed }),
        data: entities ? { ...data, _entities: entities } : (data ?? null),
      }
    },
  }
}

/** Whether an object is sent with a type that is known here and with one of its keys. */
export function isFindable(schema: GraphQLSchema, representation: Record<string, unknown>): boolean {
  const type = schema.getType(String(representation.__typename))
  if (!isObjectType(type) && !isInterfaceType(type)) return false
  const directives = [type.astNode, ...type.extensionASTNodes].flatMap(node => node?.directives ?? [])
  return directives.some(({ name, arguments: given }) => {
    const fields = given?.find(argument => argument.name.value === 'fields')?.value
    if (name.value !== 'key' || fields?.kind !== Kind.STRING) return false
    const [key] = parse(`{${fields.value}}`).definitions
    return key?.kind === Kind.OPERATION_DEFINITION && holds(representation, key.selectionSet)
  })
}

function holds(value: unknown, set: SelectionSetNode | undefined): boolean {
  if (!set) return value !== undefined
  if (typeof value !== 'object' || value === null) return value === null
  return set.selections.every(
    selection =>
      selection.kind === Kind.FIELD &&
      holds((value as Record<string, unknown>)[selection.name.value], selection.selectionSet),
  )
}

function forgetInterfaceObjects(entities: unknown): void {
  for (const entity of (entities ?? []) as (Record<string, unknown> | null)[]) {
    for (const key in entity) if (entity[key] === 'Media') delete entity[key]
  }
}

export interface ServedSubgraph {
  readonly url: string
  readonly server: http.Server
  stop(): Promise<void>
}

/** Serves a graph service over plain HTTP on a free port. */
export async function serveSubgraph(service: GraphService, port = 0): Promise<ServedSubgraph> {
  const server = http.createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', part => parts.push(part))
    request.on('end', async () => {
      const { query, operationName, variables } = JSON.parse(Buffer.concat(parts).toString())
      const headers = request.headers as Record<string, string>
      try {
        const body = JSON.stringify(await service.execute({ query, operationName, variables, headers }))
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
        response.end(body)
      } catch (error) {
        response.writeHead(500, { 'content-type': 'text/plain' })
        response.end(String(error))
      }
    })
  })
  await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve))
  const { port: actual } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${actual}/graphql`,
    server,
    stop: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
