import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { REFRESH, type SignedInUser, signIn, signUp, type TestShop } from './shop.ts'
import { type IdentityUnderTest, startIdentity } from './support.ts'

const DAY_MS = 86_400_000
const RACE = 1_000
const RACE_TIMEOUT_MS = 60_000

interface Refreshed {
  __typename: string
  tokens: { accessToken: string; refreshToken: string }
}

let identity: IdentityUnderTest
let shop: TestShop

beforeAll(async () => {
  identity = await startIdentity()
  shop = await signUp(identity)
})

afterAll(() => identity?.stop())

const refresh = (refreshToken: string, deviceId: string) =>
  identity.first<Refreshed>(REFRESH, { input: { refreshToken, deviceId } })

const newSignIn = () => signIn(identity, shop.slug, 'olga')

const isEnded = async ({ sessionId }: SignedInUser) => {
  const [row] = await identity.look<{ end_reason: string | null }>(
    'select end_reason from identity.session where id = $1',
    [sessionId],
  )
  return row?.end_reason
}

describe('a refresh token', () => {
  test('gives new tokens of the same sign-in, again and again', async () => {
    const { sessionId, deviceId, refreshToken } = await newSignIn()
    let token = refreshToken
    const seen = new Set([token])
    for (let round = 0; round < 5; round++) {
      identity.clock.advance(600_000)
      const { tokens } = await refresh(token, deviceId)
      expect(decodeJwt(tokens.accessToken).sid).toBe(sessionId)
      token = tokens.refreshToken
      seen.add(token)
    }
    expect(seen.size).toBe(6)
  })

  test('presented again within ten seconds, because the answer was lost, gives the same successor', async () => {
    const { deviceId, refreshToken } = await newSignIn()
    const first = await refresh(refreshToken, deviceId)
    identity.clock.advance(10_000)
    const again = await refresh(refreshToken, deviceId)
    expect(again.tokens.refreshToken).toBe(first.tokens.refreshToken)
    expect((await refresh(again.tokens.refreshToken, deviceId)).__typename).toBe('RefreshSuccess')
  })

  test('presented again later ends the sign-in for whoever has it, is written down and told', async () => {
    const person = await newSignIn()
    const { deviceId, refreshToken, sessionId } = person
    const successor = (await refresh(refreshToken, deviceId)).tokens.refreshToken
    identity.clock.advance(10_001)
    expect((await refresh(refreshToken, deviceId)).__typename).toBe('SignInAgain')
    expect((await refresh(successor, deviceId)).__typename).toBe('SignInAgain')
    expect(await isEnded(person)).toBe('REFRESH_TOKEN_REUSED')
    const audit = await identity.look(
      "select actor, subject from identity.audit_entry where subject_id = $1 and action = 'session.token_reused'",
      [sessionId],
    )
    expect(audit).toEqual([{ actor: 'ANONYMOUS', subject: 'SESSION' }])
    const events = await identity.look<{ payload: { reason: string } }>(
      "select payload from identity.outbox where name = 'identity.session.ended.v1' and aggregate_id = $1",
      [sessionId],
    )
    expect(events.map(({ payload }) => payload.reason)).toEqual(['REFRESH_TOKEN_REUSED'])
  })

  test('whose successor was used is not given out again, however soon it comes back', async () => {
    const person = await newSignIn()
    const { deviceId, refreshToken } = person
    const successor = (await refresh(refreshToken, deviceId)).tokens.refreshToken
    await refresh(successor, deviceId)
    expect((await refresh(refreshToken, deviceId)).__typename).toBe('SignInAgain')
    expect(await isEnded(person)).toBe('REFRESH_TOKEN_REUSED')
  })

  test('on another device ends the sign-in, used or not', async () => {
    const person = await newSignIn()
    expect((await refresh(person.refreshToken, 'somebody-elses-device')).__typename).toBe('SignInAgain')
    expect(await isEnded(person)).toBe('REFRESH_TOKEN_REUSED')
  })

  test('is good for 30 days of silence', async () => {
    const { deviceId, refreshToken } = await newSignIn()
    identity.clock.advance(30 * DAY_MS - 1)
    const next = await refresh(refreshToken, deviceId)
    identity.clock.advance(30 * DAY_MS)
    expect((await refresh(next.tokens.refreshToken, deviceId)).__typename).toBe('SignInAgain')
  })

  test('however often used, ends after 90 days', async () => {
    const { deviceId, refreshToken } = await newSignIn()
    let token = refreshToken
    for (let weeks = 0; weeks < 8; weeks++) {
      identity.clock.advance(10 * DAY_MS)
      token = (await refresh(token, deviceId)).tokens.refreshToken
    }
    identity.clock.advance(10 * DAY_MS - 1)
    token = (await refresh(token, deviceId)).tokens.refreshToken
    identity.clock.advance(1)
    expect((await refresh(token, deviceId)).__typename).toBe('SignInAgain')
  })

  test.each([
    ['nothing', ''],
    ['a text', 'tgr_nonsense'],
    ['one that was never given out', `tgr_${Buffer.alloc(48, 7).toString('base64url')}`],
    ['an access token', 'eyJhbGciOiJFZERTQSJ9.e30.x'],
  ])('that is %s is refused', async (_, token) => {
    expect((await refresh(token, shop.deviceId)).__typename).toBe('SignInAgain')
  })

  test('of another business, in the name of one’s own, is unknown', async () => {
    const { deviceId, refreshToken } = await newSignIn()
    const other = await signUp(identity)
    const bytes = Buffer.from(refreshToken.slice(4), 'base64url')
    Buffer.from(other.tenantId.replaceAll('-', ''), 'hex').copy(bytes)
    expect((await refresh(`tgr_${bytes.toString('base64url')}`, deviceId)).__typename).toBe('SignInAgain')
    expect((await refresh(refreshToken, deviceId)).__typename).toBe('RefreshSuccess')
  })

  test('cannot be found in the database, and neither can its successor', async () => {
    const { deviceId, refreshToken } = await newSignIn()
    const successor = (await refresh(refreshToken, deviceId)).tokens.refreshToken
    const rows = await identity.look<{ everything: string }>(
      "select query_to_xml('select * from identity.refresh_token', true, false, '')::text as everything",
    )
    for (const token of [refreshToken, successor]) {
      expect(rows[0]?.everything).not.toContain(token)
      expect(rows[0]?.everything).not.toContain(Buffer.from(token).toString('base64'))
    }
  })
})

test(
  'a thousand uses of one token at once: one family survives, with one successor',
  async () => {
    const person = await newSignIn()
    const { sessionId, deviceId, refreshToken } = person
    const answers = await Promise.all(Array.from({ length: RACE }, () => refresh(refreshToken, deviceId)))
    expect(answers.filter(answer => answer.__typename === 'RefreshSuccess')).toHaveLength(RACE)
    const successors = new Set(answers.map(answer => answer.tokens.refreshToken))
    expect(successors.size).toBe(1)
    const rows = await identity.look<{ unused: string; all: string }>(
      `select count(*) filter (where used_at is null) as unused, count(*) as all
       from identity.refresh_token where session_id = $1`,
      [sessionId],
    )
    expect(rows).toEqual([{ unused: '1', all: '2' }])
    expect(await isEnded(person)).toBeNull()
    const [successor] = successors
    expect((await refresh(successor ?? '', deviceId)).__typename).toBe('RefreshSuccess')
  },
  RACE_TIMEOUT_MS,
)

test(
  'two hundred uses of a stolen token at once end the family once',
  async () => {
    const person = await newSignIn()
    const { sessionId, deviceId, refreshToken } = person
    await refresh(refreshToken, deviceId)
    identity.clock.advance(60_000)
    const answers = await Promise.all(Array.from({ length: 200 }, () => refresh(refreshToken, deviceId)))
    expect(new Set(answers.map(answer => answer.__typename))).toEqual(new Set(['SignInAgain']))
    const events = await identity.look(
      "select 1 from identity.outbox where name = 'identity.session.ended.v1' and aggregate_id = $1",
      [sessionId],
    )
    expect(events).toHaveLength(1)
  },
  RACE_TIMEOUT_MS,
)
