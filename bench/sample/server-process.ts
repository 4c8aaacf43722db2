// The four sample subgraphs in one process. Each answer is worked out once, by graphql-js from the real resolvers, and
// given from memory from then on: whatever a gateway asks is answered rightly, and the subgraphs never hold it up.
import { createServer } from 'node:net'
import { buildSubgraphSchema } from '@apollo/subgraph'
import { type GraphQLSchema, graphql } from 'graphql'
import { HttpParser, type Message } from '../harness/http-parser.ts'
import { RESOLVERS } from './resolvers.ts'
import { SUBGRAPHS, type SubgraphName, typeDefs } from './schemas.ts'

const MAX_REMEMBERED = 200_000

export type Ports = Record<SubgraphName, number>
export type Counts = Record<SubgraphName, number>

const counts = Object.fromEntries(SUBGRAPHS.map(name => [name, 0])) as Counts

async function serve(name: SubgraphName): Promise<number> {
  const schema = buildSubgraphSchema([{ typeDefs: typeDefs(name), resolvers: RESOLVERS[name] }])
  const remembered = new Map<string, Buffer>()

  const answer = (message: Message): Buffer | Promise<Buffer> => {
    counts[name]++
    const key = message.body.toString('latin1')
    const known = remembered.get(key)
    if (known !== undefined) return known
    return workOut(schema, message).then(worked => {
      if (remembered.size < MAX_REMEMBERED) remembered.set(key, worked)
      return worked
    })
  }

  const server = createServer({ noDelay: true }, socket => {
    const parser = new HttpParser()
    // answers leave in the order of their requests, whatever is remembered and whatever is not
    let last: Promise<void> | undefined
    socket.on('error', () => socket.destroy())
    socket.on('data', chunk => {
      socket.cork()
      try {
        parser.read(chunk, message => {
          const ready = answer(message)
          if (Buffer.isBuffer(ready) && last === undefined) {
            socket.write(ready)
            return
          }
          const mine: Promise<void> = Promise.all([ready, last]).then(([bytes]) => {
            socket.write(bytes)
            if (last === mine) last = undefined
          })
          last = mine
        })
      } catch {
        socket.destroy()
      }
      socket.uncork()
    })
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the system gave no port')
  return address.port
}

async function workOut(schema: GraphQLSchema, { head, body }: Message): Promise<Buffer> {
  if (!head.startsWith('POST')) return response('{"ready":true}')
  const { query, variables, operationName } = JSON.parse(body.toString())
  const result = await graphql({ schema, source: query, variableValues: variables, operationName })
  return response(JSON.stringify(result))
}

function response(body: string): Buffer {
  const length = Buffer.byteLength(body)
  return Buffer.from(
    `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\nconnection: keep-alive\r\n\r\n${body}`,
  )
}

const ports = Object.fromEntries(await Promise.all(SUBGRAPHS.map(async name => [name, await serve(name)]))) as Ports
process.on('message', () => process.send?.({ counts }))
process.once('disconnect', () => process.exit(0))
process.send?.({ ports })
