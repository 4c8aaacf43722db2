import { steppedClock } from '@tillgraph/kit/clock'
import { connectDatabase } from '@tillgraph/kit/database/postgres'
import { decodeProtectedHeader } from 'jose'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../tests/support/database.ts'
import { createSigningKeys, type SigningKeys } from '../src/access/signing-keys.ts'
import { signIn, signUp } from './shop.ts'
import { type IdentityUnderTest, startIdentity } from './support.ts'

const DAY_MS = 86_400_000
const KEY_SECRET = 'a secret that only this test knows, and long enough'

let database: TestDatabase
let clock: ReturnType<typeof steppedClock>
const opened: { close(): Promise<void> }[] = []

/** A process's view of the keys. */
function keysOf(keySecret = KEY_SECRET): SigningKeys {
  const connection = connectDatabase({ url: database.urlOf('identity'), schema: 'identity', prisma: () => undefined })
  opened.push(connection)
  return createSigningKeys({ database: connection, keySecret, clock })
}

const states = async (keys: SigningKeys) => (await keys.publicKeys()).map(key => key.kid)

beforeEach(async () => {
  database = await createTestDatabase()
  clock = steppedClock(new Date())
})

afterAll(async () => {
  for (const connection of opened) await connection.close()
})

test('eight processes that start at once make one pair of keys', async () => {
  const processes = Array.from({ length: 8 }, () => keysOf())
  const signers = await Promise.all(processes.map(keys => keys.signer()))
  expect(new Set(signers.map(({ kid }) => kid)).size).toBe(1)
  expect(await states(keysOf())).toHaveLength(2)
})

test('a key signs after 30 days that has been published all the while, and the one before stays published', async () => {
  const [one, two] = [keysOf(), keysOf()]
  const before = (await one.signer()).kid
  const published = await states(two)
  const next = published.find(kid => kid !== before)
  clock.advance(30 * DAY_MS - 1)
  expect(await one.turn()).toBe(false)
  clock.advance(1)
  const turned = await Promise.all([one.turn(), two.turn(), one.turn(), two.turn()])
  expect(turned.filter(changed => changed)).toHaveLength(1)
  for (const keys of [one, two]) {
    expect((await keys.signer()).kid).toBe(next)
    expect(await states(keys)).toHaveLength(3)
    expect(await states(keys)).toContain(before)
  }
})

test('a process that has not heard of the turn signs with the old key for a minute at most', async () => {
  const [one, two] = [keysOf(), keysOf()]
  const before = (await two.signer()).kid
  clock.advance(30 * DAY_MS)
  expect((await two.signer()).kid).toBe(before)
  await one.turn()
  expect((await two.signer()).kid).toBe(before)
  clock.advance(60_000)
  expect((await two.signer()).kid).toBe((await one.signer()).kid)
})

test('a retired key is forgotten when nothing that it signed can live', async () => {
  const keys = keysOf()
  const first = (await keys.signer()).kid
  clock.advance(30 * DAY_MS)
  await keys.turn()
  clock.advance(3_600_000)
  await keys.turn()
  expect(await states(keys)).toContain(first)
  clock.advance(1)
  await keys.turn()
  expect(await states(keys)).not.toContain(first)
  expect(await states(keys)).toHaveLength(2)
})

test('an operator turns them at once, but not to a key that nobody can have heard of', async () => {
  const keys = keysOf()
  const first = (await keys.signer()).kid
  expect(await keys.turn('now')).toBe(false)
  clock.advance(300_000)
  expect(await keys.turn('now')).toBe(true)
  expect(await keys.turn('now')).toBe(false)
  expect((await keys.signer()).kid).not.toBe(first)
})

test('what was stolen is distrusted at once', async () => {
  const keys = keysOf()
  const before = [(await keys.signer()).kid, ...(await states(keys))]
  expect(await keys.turn('distrust')).toBe(true)
  const after = [(await keys.signer()).kid, ...(await states(keys))]
  expect(after.filter(kid => before.includes(kid))).toEqual([])
})

test('with another secret it says so instead of signing', async () => {
  await keysOf().signer()
  await expect(keysOf('another secret, which is just as long as it').signer()).rejects.toThrow('IDENTITY_KEY_SECRET')
})

test('two processes: what one signs the other takes, before, during and after a turn', async () => {
  const one = await startIdentity({ database, clock })
  const two = await startIdentity({ database, clock, bus: one.bus })
  try {
    const { slug } = await signUp(one)
    const me = (identity: IdentityUnderTest, token: string) => identity.ask('{ me { userName } }', {}, { token })
    const before = await signIn(one, slug, 'olga')
    await two.subgraph.start()
    clock.advance(30 * DAY_MS - 300_000)
    const late = await signIn(one, slug, 'olga')
    clock.advance(300_000)
    await one.subgraph.start()
    const after = await signIn(two, slug, 'olga')
    expect(decodeProtectedHeader(late.token).kid).toBe(decodeProtectedHeader(before.token).kid)
    expect(decodeProtectedHeader(after.token).kid).not.toBe(decodeProtectedHeader(before.token).kid)
    for (const identity of [one, two])
      for (const token of [late.token, after.token])
        expect(await me(identity, token)).toEqual({ data: { me: { userName: 'Olga' } } })
  } finally {
    await one.stop()
    await two.stop()
  }
})

test('the application role cannot read or change the keys but by their functions', async () => {
  await keysOf().signer()
  const { default: pg } = await import('pg')
  const client = new pg.Client({ connectionString: database.urlOf('identity') })
  await client.connect()
  for (const statement of [
    'select from identity.signing_key',
    'delete from identity.signing_key',
    "update identity.signing_key set state = 'CURRENT'",
    'select from identity.sign_in_throttle',
  ])
    await expect(client.query(statement), statement).rejects.toMatchObject({ code: '42501' })
  await client.end()
})
