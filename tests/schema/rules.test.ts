import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { migrate } from '../../scripts/database/migrate.ts'
import { laySubgraphGround } from '../../scripts/database/roles.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { RULE_NAMES, readFaults } from './rules.ts'

const GROUND = fileURLToPath(new URL('fixtures/ground', import.meta.url))
const KEY = 'tenant_id uuid not null, id uuid not null, primary key (tenant_id, id)'
const BODY = "language sql as 'select 1'"

/** For each rule, what breaks it and nothing else. Run as the owner of the schema catalog, unless it changes that. */
const PLANTED: Readonly<Record<string, readonly string[]>> = {
  'every table has tenant_id uuid not null': [
    `create table planted (tenant_id text not null, id uuid not null, primary key (tenant_id, id)); ${policy('planted')}`,
  ],
  'tenant_id comes first in the primary key': [
    `create table planted (tenant_id uuid not null, id uuid primary key); select seal_table('planted')`,
    "create table planted (tenant_id uuid not null); select seal_table('planted')",
  ],
  'tenant_id comes first in every unique index': [
    'create unique index planted on products (sku)',
    'create unique index planted on products (lower(sku), tenant_id)',
  ],
  'every exclusion constraint holds tenant_id': [
    'alter table products add constraint planted exclude using btree (sku with =)',
  ],
  'every foreign key leads from tenant_id to tenant_id first': [
    `create table planted (${KEY}, price_id uuid not null,
      foreign key (price_id, tenant_id) references products (id, tenant_id)); select seal_table('planted')`,
  ],
  'no foreign key leads out of its schema': [
    `reset role; create table other.planted (${KEY}); grant references on other.planted to tillgraph_catalog_owner;
     grant usage on schema other to tillgraph_catalog_owner; set local role tillgraph_catalog_owner;
     alter table products add foreign key (tenant_id, id) references other.planted (tenant_id, id)`,
  ],
  'row-level security is enabled and forced': [
    'alter table products no force row level security',
    'alter table products disable row level security',
  ],
  'where the application role is let in, it has a policy': ['drop policy tenant on products'],
  'every policy of the application role keeps to the bound tenant': [
    'create policy planted on products to tillgraph_catalog using (true)',
    'create policy planted on products for insert to tillgraph_catalog with check (true)',
    'alter policy tenant on products using (tenant_id is not null)',
  ],
  'a policy is for the roles of its own schema': ['create policy planted on products to tillgraph_queues using (true)'],
  'schemas, tables and functions belong to the owner role': [
    `reset role; alter table products owner to postgres`,
    'reset role; alter schema catalog owner to postgres',
  ],
  'nobody holds more than reading and writing rows, in their own schema': [
    'grant truncate on products to tillgraph_catalog',
    'grant select on products to tillgraph_queues',
    'grant select on products to public',
  ],
  'a login role reaches its own schema only': [
    'reset role; grant usage on schema orders to tillgraph_catalog',
    'grant create on schema catalog to tillgraph_catalog',
  ],
  'a login role is nothing but itself': [
    'reset role; alter role tillgraph_catalog bypassrls',
    'reset role; grant tillgraph_catalog_owner to tillgraph_catalog',
  ],
  'no float, no money type': [
    'alter table products add planted double precision',
    'alter table products add planted real[]',
    'alter table products add planted money',
  ],
  'a time has a time zone': ['alter table products add planted timestamp'],
  'an id is a uuid': ['alter table products add planted_id text', 'alter table products add planted_id bigint'],
  'a view sees what its reader may see': [
    'create view planted as select * from products',
    'create materialized view planted as select * from products',
  ],
  'a SECURITY DEFINER function fixes its search path, pg_temp last': [
    `create function planted() returns int security definer ${BODY}`,
    `create function planted() returns int security definer set search_path = catalog ${BODY}`,
    `create function planted() returns int security definer set search_path = catalog, public, pg_temp ${BODY}`,
  ],
  'no function is open to everybody': [
    `create function planted() returns int ${BODY}; grant execute on function planted() to public`,
  ],
  'nothing of ours lies in the schema public': [`reset role; create table public.planted (${KEY})`],
}

function policy(table: string): string {
  return `alter table ${table} enable row level security; alter table ${table} force row level security;
    create policy tenant on ${table} to tillgraph_catalog using (null)`
}

let database: TestDatabase
let client: pg.Client

beforeAll(async () => {
  database = await createTestDatabase('template1')
  const target = { databaseUrl: database.url, roleSecret: database.roleSecret, subgraphsFolder: GROUND }
  await migrate(target, () => {})
  await laySubgraphGround(database.url, 'orders', database.roleSecret)
  client = new pg.Client({ connectionString: database.url })
  await client.connect()
  await client.query('create schema other')
})

afterAll(async () => {
  await client?.end()
  await database?.drop()
})

test('what keeps to the rules has no fault', async () => {
  expect(await readFaults(client)).toEqual([])
})

test('every rule is seen to fail', () => {
  expect(Object.keys(PLANTED).sort()).toEqual([...RULE_NAMES].sort())
})

const plants = Object.entries(PLANTED).flatMap(([rule, sqls]) => sqls.map(sql => ({ rule, sql })))

test.each(plants)('$rule: fails on $sql', async ({ rule, sql }) => {
  await client.query('begin')
  try {
    await client.query('set local search_path = catalog, extensions')
    await client.query('set local role tillgraph_catalog_owner')
    await client.query(sql)
    await client.query('reset role')
    expect((await readFaults(client)).map(fault => fault.rule)).toContain(rule)
  } finally {
    await client.query('rollback')
  }
})
