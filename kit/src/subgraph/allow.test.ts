import { listPermissions, permissionsOf } from '@tillgraph/rules/permissions'
import { describe, expect, it } from 'vitest'
import { createAccessTokenReader } from '../access/access-token.ts'
import type { Caller } from '../access/caller.ts'
import { steppedClock } from '../clock.ts'
import type { GraphAnswer } from '../graph-request.ts'
import { createLog } from '../log.ts'
import { buildSchemaOf } from './schema.ts'
import { createSubgraph } from './subgraph.ts'

const STORE = '0197d2f0-0000-7000-8000-000000000001'
const OTHER = '0197d2f0-0000-7000-8000-000000000002'

const LINK = `extend schema
  @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable", "@tag", "@composeDirective"])\n`

const refused = (sdl: string) => {
  try {
    buildSchemaOf(LINK + sdl, {})
    return ''
  } catch (error) {
    return (error as Error).message
  }
}

describe('a schema', () => {
  it.each([
    ['a query', 'type Query { a: Int }', 'Query.a has no @allow'],
    ['a mutation', 'type Query { a: Int @allow(public: true) } type Mutation { b: Int }', 'Mutation.b has no @allow'],
    [
      'a subscription',
      'type Query { a: Int @allow(public: true) } type Subscription { b: Int }',
      'Subscription.b has no @allow',
    ],
    [
      'a query that a type extension adds',
      'type Query { a: Int @allow(public: true) } extend type Query { b: Int }',
      'Query.b has no @allow',
    ],
    [
      'a type that can be entered by reference',
      'type Query { a: Int @allow(public: true) } type Product @key(fields: "id") { id: ID! }',
      'Product can be entered by reference and has no @allow',
    ],
    ['an @allow that says nothing', 'type Query { a: Int @allow }', 'must name a permission, services or public'],
    ['an @allow(public: false)', 'type Query { a: Int @allow(public: false) }', 'must name a permission'],
    ['an @allow of no service', 'type Query { a: Int @allow(services: []) }', 'must name a permission'],
    [
      'a permission that there is not',
      'type Query { a: Int @allow(permission: "orders.order.raed") }',
      'there is no permission orders.order.raed',
    ],
    [
      'a store where no argument is',
      'type Query { a(storeId: ID!): Int @allow(permission: "orders.order.read", store: "storeID") }',
      'there is no argument storeID',
    ],
    [
      'a store that its input does not have',
      `input In { shopId: ID! }
       type Query { a(in: In!): Int @allow(permission: "orders.order.read", store: "in.storeId") }`,
      'there is no argument in.storeId',
    ],
    [
      'a store that is a list',
      'type Query { a(storeId: [ID!]!): Int @allow(permission: "orders.order.read", store: "storeId") }',
      'there is no argument storeId',
    ],
    [
      'a store for a type that is entered by reference',
      `type Query { a: Int @allow(public: true) }
       type Product @key(fields: "id") @allow(permission: "catalog.product.read", store: "id") { id: ID! }`,
      'no arguments to find a store in',
    ],
  ])('is not served with %s', (_what, sdl, fault) => {
    expect(refused(sdl)).toContain(fault)
  })

  it('names everything that is wrong with it at once', () => {
    const message = refused('type Query { a: Int b: Int } type Product @key(fields: "id") { id: ID! }')
    for (const fault of ['Query.a', 'Query.b', 'Product can be entered']) expect(message).toContain(fault)
  })
})

const sdl = `${LINK}
  input SaleInput { storeId: ID! }
  type Query {
    open: Int @allow(public: true)
    list(storeId: ID): Int @allow(permission: "orders.order.read", store: "storeId")
    read: Int @allow(permission: "orders.order.read")
    internal: Int @allow(services: ["orders"])
    both: Int @allow(permission: "orders.order.read", services: ["orders"])
    product: Product @allow(public: true)
  }
  type Mutation {
    sell(input: SaleInput!): Int @allow(permission: "orders.order.complete", store: "input.storeId")
  }
  type Subscription {
    changes: Int @allow(permission: "inventory.stock.read")
  }
  type Product @key(fields: "id") @allow(permission: "catalog.product.read") {
    id: ID!
    cost: Int @allow(permission: "inventory.cost.read")
  }`

let ran: string[] = []
const note = (name: string) => () => {
  ran.push(name)
  return 1
}

function asking(caller: Caller | undefined) {
  ran = []
  const log = createLog('test', 'silent')
  const real = createAccessTokenReader({
    issuer: 'a',
    audience: 'b',
    keys: () => Promise.reject(new Error('none')),
    clock: steppedClock(new Date()),
  })
  const subgraph = createSubgraph(
    {
      name: 'test',
      sdl,
      resolvers: {
        Query: {
          open: note('open'),
          read: note('read'),
          list: note('list'),
          internal: note('internal'),
          both: note('both'),
          product: () => ({ id: 'p' }),
        },
        Mutation: { sell: note('sell') },
        Subscription: {
          changes: {
            subscribe: async function* () {
              ran.push('changes')
              yield { changes: 1 }
            },
          },
        },
        Product: {
          cost: note('cost'),
          __resolveReference: (reference: object) => ({ ...reference, ...{ seen: note('product')() } }),
        },
      } as never,
      contextOf: request => request,
    },
    { log, accessTokens: caller ? { read: () => caller } : real, serviceTokens: undefined },
  )
  const request = (query: string, variables = {}) => ({ query, variables, headers: {} })
  return {
    ask: (query: string, variables = {}) => subgraph.execute(request(query, variables)),
    async subscribe(query: string): Promise<GraphAnswer | undefined> {
      for await (const answer of subgraph.subscribe(request(query))) return answer
      return undefined
    },
  }
}

function callerOf(kind: Caller['kind'], subject: string, roles: readonly string[] = [], storeId?: string): Caller {
  const held = permissionsOf(roles)
  const holds = (permission: string) => rolesHold(held, permission)
  return {
    kind,
    subject,
    tenantId: STORE,
    sessionId: undefined,
    registerId: undefined,
    expiresAt: new Date(8e12),
    scope: subject,
    may: (permission, at) => holds(permission) && (storeId === undefined || at === undefined || at === storeId),
    storesWhere: permission => (holds(permission) ? (storeId === undefined ? 'all' : [storeId]) : []),
  }
}

function rolesHold(held: ReturnType<typeof permissionsOf>, permission: string): boolean {
  return (listPermissions(held) as string[]).includes(permission)
}

const codes = (answer: GraphAnswer | undefined) => answer?.errors?.map(error => error.extensions?.code)
const cashier = callerOf('person', 'cashier', ['CASHIER'], STORE)
const courier = callerOf('person', 'courier', ['COURIER'])
const orders = callerOf('service', 'orders')
const payments = callerOf('service', 'payments')

describe('a field', () => {
  it('that is public answers anybody, and any other nobody who is not signed in', async () => {
    const { ask } = asking(undefined)
    const answer = await ask('{ open read }')
    expect(answer.data).toEqual({ open: 1, read: null })
    expect(codes(answer)).toEqual(['UNAUTHENTICATED'])
    expect(ran).toEqual(['open'])
  })

  it('answers who holds its permission, and runs nothing for who does not', async () => {
    expect((await asking(cashier).ask('{ read }')).data).toEqual({ read: 1 })
    const answer = await asking(courier).ask('{ read }')
    expect(codes(answer)).toEqual(['FORBIDDEN'])
    expect(ran).toEqual([])
  })

  it('asks for its permission at the store that the arguments name', async () => {
    const sell = 'mutation ($input: SaleInput!) { sell(input: $input) }'
    expect((await asking(cashier).ask(sell, { input: { storeId: STORE } })).data).toEqual({ sell: 1 })
    expect(codes(await asking(cashier).ask(sell, { input: { storeId: OTHER } }))).toEqual(['FORBIDDEN'])
    expect(codes(await asking(cashier).ask(`mutation { sell(input: { storeId: "${OTHER}" }) }`))).toEqual(['FORBIDDEN'])
    expect(ran).toEqual([])
  })

  it('asks for its permission everywhere when no store is named', async () => {
    const everywhere = callerOf('person', 'manager', ['MANAGER'])
    for (const query of ['{ list }', '{ list(storeId: null) }']) {
      expect((await asking(everywhere).ask(query)).data).toEqual({ list: 1 })
      expect(codes(await asking(cashier).ask(query))).toEqual(['FORBIDDEN'])
    }
    expect((await asking(cashier).ask(`{ list(storeId: "${STORE}") }`)).data).toEqual({ list: 1 })
  })

  it('for services answers the services it names, and no person, not even an owner', async () => {
    expect((await asking(orders).ask('{ internal }')).data).toEqual({ internal: 1 })
    expect(codes(await asking(payments).ask('{ internal }'))).toEqual(['FORBIDDEN'])
    expect(codes(await asking(callerOf('person', 'orders', ['OWNER'])).ask('{ internal }'))).toEqual(['FORBIDDEN'])
    expect((await asking(orders).ask('{ both }')).data).toEqual({ both: 1 })
    expect((await asking(cashier).ask('{ both }')).data).toEqual({ both: 1 })
  })

  it('of a type is guarded where it stands, and the rest is answered', async () => {
    const answer = await asking(cashier).ask('{ product { id cost } }')
    expect(answer.data).toEqual({ product: { id: 'p', cost: null } })
    expect(codes(answer)).toEqual(['FORBIDDEN'])
    expect(ran).toEqual([])
  })

  it('is guarded under any alias, and each time it is asked for', async () => {
    const answer = await asking(courier).ask('{ a: read b: read ...F } fragment F on Query { c: read }')
    expect(answer.data).toEqual({ a: null, b: null, c: null })
    expect(codes(answer)).toEqual(['FORBIDDEN', 'FORBIDDEN', 'FORBIDDEN'])
    expect(ran).toEqual([])
  })

  it('of a subscription is guarded before anything is listened to', async () => {
    expect(codes(await asking(courier).subscribe('subscription { changes }'))).toEqual(['FORBIDDEN'])
    expect(ran).toEqual([])
    expect((await asking(cashier).subscribe('subscription { changes }'))?.data).toEqual({ changes: 1 })
  })
})

it('lets who may not see an entity enter it by no reference', async () => {
  const query = 'query ($r: [_Any!]!) { _entities(representations: $r) { ... on Product { id } } }'
  const variables = { r: [{ __typename: 'Product', id: 'p1' }] }
  const denied = await asking(courier).ask(query, variables)
  expect(denied.data).toEqual({ _entities: [null] })
  expect(codes(denied)).toEqual(['FORBIDDEN'])
  expect(ran).toEqual([])
  expect((await asking(cashier).ask(query, variables)).data).toEqual({ _entities: [{ id: 'p1' }] })
  expect(codes(await asking(undefined).ask(query, variables))).toEqual(['UNAUTHENTICATED'])
})
