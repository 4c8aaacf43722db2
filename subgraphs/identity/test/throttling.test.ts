import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PASSWORD, SIGN_IN, type SignInAnswer, signInInput, signUp } from './shop.ts'
import { type IdentityUnderTest, startIdentity } from './support.ts'

let identity: IdentityUnderTest

beforeAll(async () => {
  identity = await startIdentity()
})

afterAll(() => identity?.stop())

describe('throttling', () => {
  const attempt = (slug: string, login: string, password: string, address?: string) =>
    identity.first<SignInAnswer>(
      SIGN_IN,
      { input: signInInput(slug, login, password) },
      address === undefined ? {} : { headers: { 'x-client-address': address } },
    )

  test('ten wrong passwords close an account for a quarter of an hour, and one that is not there as well', async () => {
    const { slug } = await signUp(identity)
    const waits: Record<string, (number | undefined)[]> = {}
    for (const login of ['olga', 'nobody']) {
      const told: (number | undefined)[] = []
      for (let tries = 0; tries < 16; tries++) {
        const { retryAfterSeconds } = await attempt(slug, login, 'wrong password')
        told.push(retryAfterSeconds)
        if (retryAfterSeconds !== undefined && retryAfterSeconds < 900) identity.clock.advance(retryAfterSeconds * 1000)
      }
      waits[login] = told
    }
    // five for nothing, then a wait before each that doubles, then closed
    const none = undefined
    expect(waits.olga).toEqual([none, none, none, none, none, none, 1, none, 2, none, 4, none, 8, none, 900, 900])
    expect(waits.nobody).toEqual(waits.olga)
    // the wait of fifteen seconds for "nobody" has passed
    expect((await attempt(slug, 'olga', PASSWORD)).retryAfterSeconds).toBe(885)
    identity.clock.advance(900_000)
    expect((await attempt(slug, 'olga', PASSWORD)).__typename).toBe('SignInSuccess')
    expect((await attempt(slug, 'olga', 'wrong password')).__typename).toBe('WrongCredentials')
  })

  test('any number of guesses at once are counted like one after the other', async () => {
    const { slug } = await signUp(identity)
    const answers = await Promise.all(Array.from({ length: 40 }, () => attempt(slug, 'olga', 'wrong password')))
    const compared = answers.filter(answer => answer.__typename === 'WrongCredentials').length
    expect(compared).toBeGreaterThan(0)
    expect(compared).toBeLessThanOrEqual(6)
  })

  test('a good password takes back what was counted', async () => {
    const { slug } = await signUp(identity)
    for (let round = 0; round < 4; round++) {
      for (let tries = 0; tries < 4; tries++) await attempt(slug, 'olga', 'wrong password')
      expect((await attempt(slug, 'olga', PASSWORD)).__typename).toBe('SignInSuccess')
    }
  })

  test('one address is closed after many failures, whatever names it tries, and others are not', async () => {
    const { slug } = await signUp(identity)
    const [bad, good] = ['203.0.113.7', '2001:db8::7']
    let closed: number | undefined
    for (let tries = 0; tries < 60 && (closed ?? 0) < 900; tries++) {
      closed = (await attempt(slug, `name-${tries}`, 'wrong password', bad)).retryAfterSeconds
      if (closed !== undefined && closed < 900) identity.clock.advance(closed * 1000)
    }
    expect(closed).toBe(900)
    expect((await attempt(slug, 'olga', PASSWORD, bad)).__typename).toBe('TooManyAttempts')
    expect((await attempt(slug, 'olga', PASSWORD, good)).__typename).toBe('SignInSuccess')
  })
})
