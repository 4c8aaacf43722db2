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
  Kind,
  parse,
  subscribe,
  TypeInfo,
  validate,
  visit,
  visitWithTypeInfo,
} from 'graphql'

type Resolvers = Record<string, Record<string, unknown>>

/** A subgraph of this process on graphql-js, for tests and measurements. Counts and remembers what it was asked. */
export class TestSubgraph implements GraphService {
  readonly requests: GraphRequest[] = []
  /** Set to make it fail: called before each execution. */
  before: ((request: GraphRequest) => GraphAnswer | Promise<GraphAnswer | undefined> | undefined) | undefined
  /** Answers with the type of every object, asked for or not. */
  addsTypeNames = false
  readonly schema: GraphQLSchema
  readonly #documents = new Map<string, DocumentNode>()
  readonly #documentsWithTypeNames = new Map<string, DocumentNode>()
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
    const result = await execute({
      schema: this.schema,
      document: this.addsTypeNames ? this.#withTypeNames(request.query) : this.#document(request.query),
      variableValues: request.variables ?? {},
      operationName: request.operationName ?? null,
      contextValue: { headers: request.headers },
      fieldResolver: this.#fieldResolver ?? null,
    })
    const answer = JSON.parse(JSON.stringify(result)) as GraphAnswer
    if (this.addsTypeNames) forgetInterfaceObjects(answer.data?._entities)
    return answer
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
