import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Supergraph } from '@apollo/federation-internals'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SUBGRAPHS } from '../../scripts/database/subgraphs.ts'
import { type Asked, ask, signUp, type TestBusiness } from '../support/ask.ts'
import { startTestGraph, type TestGraph } from '../support/graph.ts'
import { fillBusiness } from './fill-business.ts'
import { operationsOf, type SchemaOperation } from './schema-operations.ts'

const WALK_TIMEOUT_MS = 240_000
/** A code that the walk made up, where a shop's people choose codes. */
const MADE_CODE = /^C[0-9A-F]{8}$/
const IDS_PER_COLUMN = 1

/** They are for whoever has no token, or end the sign-in that the walk is made with. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  signUp: 'public: knows no tenant',
  signIn: 'public: knows no tenant',
  refresh: 'public: takes a refresh token and no id',
  enrolRegister: 'public: takes a single-use code and no id',
  signOut: 'ends the sign-in of the walk',
  signOutEverywhere: 'ends the sign-in of the walk',
  changePassword: 'takes no id',
}

let graph: TestGraph
let owner: TestBusiness
let stranger: TestBusiness
let ownersIds: string[]
const operations = operationsOf(apiSchema()).filter(({ name, takesIds }) => takesIds && !(name in LEFT_OUT))

beforeAll(async () => {
  graph = await startTestGraph('one box')
  owner = await signUp(graph.url, 'Sealed')
  await fillBusiness(graph.url, owner)
  stranger = await signUp(graph.url, 'Stranger')
  ownersIds = await idsOf(owner.tenantId)
}, WALK_TIMEOUT_MS)

afterAll(() => graph?.stop())

test('the walk meets operations that take ids, and a business with something in every subgraph that can be filled', () => {
  expect(operations.length).toBeGreaterThan(40)
  expect(ownersIds.length).toBeGreaterThan(8)
})

test(
  "with another tenant's ids every operation answers exactly as for an id that does not exist",
  async () => {
    const differences: string[] = []
    for (const operation of operations) {
      let found = await differencesOf(operation, stranger)
      // what an earlier operation made under the very same id is the stranger's own: one who has made nothing decides
      if (found.length > 0) found = await differencesOf(operation, await signUp(graph.url, 'Newcomer'))
      differences.push(...found)
    }
    expect(differences.slice(0, 10)).toEqual([])
  },
  WALK_TIMEOUT_MS,
)

test(
  'the same walk does see the difference where there is one: the owner finds what is theirs',
  async () => {
    const found = new Set<string>()
    for (const operation of operations.filter(({ kind }) => kind === 'query')) {
      const unknown = shapeOf(await call(operation, owner.token, randomUUID()))
      for (const id of ownersIds)
        if (shapeOf(await call(operation, owner.token, id)) !== unknown) found.add(operation.name)
    }
    // without this a walk whose operations all failed early would prove nothing
    expect([...found]).toEqual(
      expect.arrayContaining([
        ...['store', 'user', 'register', 'customer', 'partner', 'product', 'category', 'taxClass'],
        ...['supplier', 'purchaseOrder', 'stockCount', 'order', 'payment'],
      ]),
    )
  },
  WALK_TIMEOUT_MS,
)

async function differencesOf(operation: SchemaOperation, { token }: TestBusiness): Promise<string[]> {
  let unknown = shapeOf(await call(operation, token, randomUUID()))
  const differences: string[] = []
  for (const id of ownersIds) {
    const foreign = shapeOf(await call(operation, token, id))
    if (foreign === unknown) continue
    // the calls before may have changed what an unknown id is answered: the first tax class becomes the default
    unknown = shapeOf(await call(operation, token, randomUUID()))
    if (foreign !== unknown) differences.push(`${operation.name} with ${id}:\n  ${foreign}\n  ${unknown}`)
  }
  return differences
}

async function call(operation: SchemaOperation, token: string, id: string): Promise<Asked> {
  const unique = randomUUID().replaceAll('-', '').slice(0, 16)
  return ask(graph.url, operation.text, operation.variables(id, unique), { token })
}

/** An answer without what is different in any two answers: names, ids and times; what is left is what it says. */
function shapeOf({ status, data, errors }: Asked): string {
  return JSON.stringify(
    { status, data, errors: errors?.map(error => [error.path, error.extensions?.code]) },
    (key, value) => {
      if (typeof value === 'string' && MADE_CODE.test(value)) return 'string'
      if (key === '__typename' || key === 'code' || key.endsWith('_code') || value === null) return value
      if (typeof value === 'string' || typeof value === 'number') return typeof value
      return value
    },
  )
}

function apiSchema() {
  const sdl = readFileSync(new URL('../../supergraph.graphql', import.meta.url), 'utf8')
  return Supergraph.build(sdl).apiSchema().toGraphQLJSSchema()
}

/** Ids that stand in a tenant's rows, one of each column of each table of each schema. */
async function idsOf(tenantId: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: graph.database.url })
  await client.connect()
  try {
    const { rows: columns } = await client.query<{ schema: string; name: string; column: string }>(
      `select c.table_schema as schema, c.table_name as name, c.column_name as column
         from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
        where c.table_schema = any($1) and c.data_type = 'uuid' and c.column_name <> 'tenant_id'
          and t.table_type = 'BASE TABLE' and exists (select from information_schema.columns o
            where o.table_schema = c.table_schema and o.table_name = c.table_name and o.column_name = 'tenant_id')`,
      [[...SUBGRAPHS]],
    )
    const ids = new Set<string>()
    for (const { schema, name, column } of columns) {
      const { rows } = await client.query<{ id: string }>(
        `select distinct "${column}" as id from ${schema}."${name}" where tenant_id = $1 and "${column}" is not null limit ${IDS_PER_COLUMN}`,
        [tenantId],
      )
      for (const { id } of rows) ids.add(id)
    }
    return [...ids]
  } finally {
    await client.end()
  }
}
