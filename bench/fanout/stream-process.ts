// The subgraphs of the fan-out benchmark in one process. What they answer is worked out once by graphql-js and given
// from memory from then on, and a change is worked out once for all who follow it, so that they never hold a gateway up.
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { buildSubgraphSchema } from '@apollo/subgraph'
import { type ExecutionResult, execute, type GraphQLSchema, graphql, parse } from 'graphql'
import { type WebSocket, WebSocketServer } from 'ws'
import { RESOLVERS, STREAM_SUBGRAPHS, type StreamSubgraph, stockOf, TYPE_DEFS } from './schemas.ts'

const KEEP_ALIVE_MS = 600_000
const BACKLOG = 4_096
const REMEMBERED_MOST = 1_000
/** What a gateway that goes on after a loss can be given. */
const REPLAYED_MOST = 10_000

export type StreamPorts = Record<StreamSubgraph, number>
/** A change of a store, or many at once. */
export interface ChangeOrder {
  readonly storeId: string
  readonly count: number
}
export interface Changed {
  /** Of the last change. */
  readonly version: number
  /** process.hrtime of the moment before it was told to anybody; comparable between processes of one machine. */
  readonly at_ns: string
}

interface Follower {
  readonly socket: WebSocket
  readonly id: string
  readonly key: string
  readonly storeId: string
}

const versions = new Map<string, number>()
const followers = new Map<string, Set<Follower>>()
const documents = new Map<string, ReturnType<typeof parse>>()

function serve(name: StreamSubgraph): Promise<number> {
  const schema = buildSubgraphSchema([
    { typeDefs: parse(TYPE_DEFS[name]), resolvers: RESOLVERS[name] as Record<string, never> },
  ])
  const remembered = new Map<string, Promise<string>>()
  const server = http.createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', async () => {
      const body = Buffer.concat(parts).toString()
      let answer = remembered.get(body)
      if (!answer) {
        answer = workOut(schema, body)
        if (remembered.size < REMEMBERED_MOST) remembered.set(body, answer)
      }
      response.writeHead(200, { 'content-type': 'application/json' }).end(await answer)
    })
  })
  // a gateway must not find a connection closed that it kept for the next change
  server.keepAliveTimeout = KEEP_ALIVE_MS
  if (name === 'inventory') serveStreams(server, schema)
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port: 0, host: '127.0.0.1', backlog: BACKLOG }, () =>
      resolve((server.address() as AddressInfo).port),
    )
  })
}

async function workOut(schema: GraphQLSchema, body: string): Promise<string> {
  if (body === '') return '{}'
  const { query, variables, operationName } = JSON.parse(body)
  return JSON.stringify(await graphql({ schema, source: query, variableValues: variables, operationName }))
}

function serveStreams(server: http.Server, schema: GraphQLSchema): void {
  const sockets = new WebSocketServer({ server, path: '/graphql', perMessageDeflate: false })
  sockets.on('connection', socket => {
    const own = new Map<string, Follower>()
    const forget = (id: string) => {
      const follower = own.get(id)
      own.delete(id)
      if (follower) followers.get(follower.storeId)?.delete(follower)
    }
    socket.on('error', () => socket.terminate())
    socket.on('close', () => {
      for (const id of [...own.keys()]) forget(id)
    })
    socket.on('message', data => {
      const { type, id, payload } = JSON.parse(data.toString())
      if (type === 'connection_init') socket.send('{"type":"connection_ack"}')
      else if (type === 'ping') socket.send('{"type":"pong"}')
      else if (type === 'complete') forget(id)
      else if (type === 'subscribe') {
        const { query, variables, operationName } = payload
        const storeId = String(variables.storeId)
        const key = JSON.stringify([query, variables, operationName])
        const follower: Follower = { socket, id, key, storeId }
        own.set(id, follower)
        const known = followers.get(storeId)
        if (known) known.add(follower)
        else followers.set(storeId, new Set([follower]))
        const end = versions.get(storeId) ?? 1
        const after = Object.entries(variables).find(([name]) => name.endsWith('after'))?.[1]
        const first = typeof after === 'number' ? Math.max(after + 1, end - REPLAYED_MOST) : end
        for (let version = first; version <= end; version++) tell(follower, answerOf(schema, key, version))
      }
    })
  })
  tellChanges = (storeId, version) => {
    const answers = new Map<string, string>()
    for (const follower of followers.get(storeId) ?? []) {
      let answer = answers.get(follower.key)
      if (answer === undefined) {
        answer = answerOf(schema, follower.key, version)
        answers.set(follower.key, answer)
      }
      tell(follower, answer)
    }
  }
}

let tellChanges: (storeId: string, version: number) => void = () => {}

function tell({ socket, id }: Follower, answer: string): void {
  socket.send(`{"id":${JSON.stringify(id)},"type":"next","payload":${answer}}`)
}

function answerOf(schema: GraphQLSchema, key: string, version: number): string {
  const [query, variableValues, operationName] = JSON.parse(key)
  let document = documents.get(query)
  if (!document) {
    document = parse(query)
    documents.set(query, document)
  }
  const rootValue = { stockChanged: stockOf(version) }
  const answer = execute({ schema, document, rootValue, variableValues, operationName }) as ExecutionResult
  return JSON.stringify(answer)
}

const ports = Object.fromEntries(
  await Promise.all(STREAM_SUBGRAPHS.map(async name => [name, await serve(name)])),
) as StreamPorts
process.on('message', ({ storeId, count }: ChangeOrder) => {
  const at_ns = String(process.hrtime.bigint())
  let version = versions.get(storeId) ?? 1
  for (let change = 0; change < count; change++) {
    version += 1
    versions.set(storeId, version)
    tellChanges(storeId, version)
  }
  process.send?.({ version, at_ns } satisfies Changed)
})
process.once('disconnect', () => process.exit(0))
process.send?.({ ports })
