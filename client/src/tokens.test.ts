import { describe, expect, test } from 'vitest'
import { GraphFailure } from './problem.ts'
import { memoryTokenStore, TokenKeeper, type TokenPair } from './tokens.ts'

const START = Date.parse('2026-03-29T10:00:00Z')

function pair(number: number, livesMs: number): TokenPair {
  return {
    accessToken: `access ${number}`,
    refreshToken: `refresh ${number}`,
    accessTokenExpiresAt: new Date(START + livesMs).toISOString(),
  }
}

function keeper(refresh: (token: string) => Promise<TokenPair | undefined>) {
  const heard = { signedOut: 0, now: START }
  const tokens = new TokenKeeper({
    refresh,
    store: memoryTokenStore(),
    now: () => heard.now,
    onSignedOut: () => {
      heard.signedOut++
    },
  })
  return { tokens, heard }
}

describe('the tokens of a sign-in', () => {
  test('a token with time left is used as it is', async () => {
    const { tokens } = keeper(() => Promise.reject(new Error('must not be asked')))
    await tokens.signedIn(pair(1, 600_000))
    expect(await tokens.accessToken()).toBe('access 1')
  })

  test('nobody signed in has no token', async () => {
    const { tokens } = keeper(() => Promise.reject(new Error('must not be asked')))
    expect(await tokens.accessToken()).toBeUndefined()
  })

  test('fifty requests that find the token stale use the refresh token once', async () => {
    const used: string[] = []
    const { tokens, heard } = keeper(async token => {
      used.push(token)
      await new Promise(resolve => setTimeout(resolve, 5))
      return pair(2, 1_200_000)
    })
    await tokens.signedIn(pair(1, 600_000))
    heard.now = START + 590_000
    const got = await Promise.all(Array.from({ length: 50 }, () => tokens.accessToken()))
    expect(new Set(got)).toEqual(new Set(['access 2']))
    expect(used).toEqual(['refresh 1'])
  })

  test('a sign-in that has ended is told once and forgotten', async () => {
    const { tokens, heard } = keeper(async () => undefined)
    await tokens.signedIn(pair(1, 0))
    expect(await tokens.accessToken()).toBeUndefined()
    expect(heard.signedOut).toBe(1)
    expect(await tokens.accessToken()).toBeUndefined()
    expect(heard.signedOut).toBe(1)
  })

  test('a graph that cannot be reached ends no sign-in', async () => {
    const { tokens, heard } = keeper(() => Promise.reject(new GraphFailure('unreachable', 'cut off')))
    await tokens.signedIn(pair(1, 0))
    expect(await tokens.accessToken()).toBe('access 1')
    expect(heard.signedOut).toBe(0)
  })

  test('a refused token is renewed once, and a token that is newer already is handed out', async () => {
    const used: string[] = []
    const { tokens } = keeper(async token => {
      used.push(token)
      return pair(2, 1_200_000)
    })
    await tokens.signedIn(pair(1, 600_000))
    expect(await tokens.renew('access 1')).toBe('access 2')
    expect(await tokens.renew('access 1')).toBe('access 2')
    expect(used).toEqual(['refresh 1'])
  })
})
