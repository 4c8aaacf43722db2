import { afterAll, beforeAll, expect, test } from 'vitest'
import { REFRESH, SIGN_IN, signIn, signInInput, signUp } from './shop.ts'
import { type IdentityUnderTest, startIdentity } from './support.ts'

const DAY_MS = 86_400_000

let identity: IdentityUnderTest

beforeAll(async () => {
  identity = await startIdentity()
})

afterAll(() => identity?.stop())

const count = async (table: string) => {
  const rows = await identity.look<{ count: string }>(`select count(*) from identity.${table}`)
  return Number(rows[0]?.count)
}

test('what is over is forgotten when identity starts, and what is not stays', async () => {
  const { slug } = await signUp(identity)
  const old = await signIn(identity, slug, 'olga')
  await identity.first(REFRESH, { input: { refreshToken: old.refreshToken, deviceId: old.deviceId } })
  await identity.first(SIGN_IN, { input: signInInput(slug, 'somebody else') })
  expect([await count('session'), await count('refresh_token'), await count('sign_in_throttle')]).toEqual([2, 3, 2])
  identity.clock.advance(37 * DAY_MS + 1)
  const young = await signIn(identity, slug, 'olga')
  await identity.subgraph.start()
  expect(await identity.look('select id from identity.session')).toEqual([{ id: young.sessionId }])
  expect(await count('refresh_token')).toBe(1)
  expect(await count('sign_in_throttle')).toBe(1)
  expect(
    await identity.first(REFRESH, { input: { refreshToken: old.refreshToken, deviceId: old.deviceId } }),
  ).toMatchObject({
    code: 'SIGN_IN_AGAIN',
  })
})
