import { describe, expect, test } from 'vitest'
import { grantedScopes, readTokenRequest } from './oauth.ts'

const contentType = 'application/x-www-form-urlencoded; charset=utf-8'
const form = (fields: Record<string, string>) =>
  new URLSearchParams({ grant_type: 'client_credentials', ...fields }).toString()
const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`

describe('a request for a token', () => {
  test('names the client in the form', () => {
    const body = form({ client_id: 'a', client_secret: 'b', scope: 'x y' })
    expect(readTokenRequest({ contentType, authorization: undefined, body })).toEqual({
      clientId: 'a',
      clientSecret: 'b',
      scopes: ['x', 'y'],
    })
  })

  test('or by HTTP Basic, whose halves are form-encoded', () => {
    const request = { contentType, authorization: basic('my%3Aid:a+secret%25'), body: form({ client_id: 'my:id' }) }
    expect(readTokenRequest(request)).toEqual({ clientId: 'my:id', clientSecret: 'a secret%', scopes: undefined })
  })

  test.each([
    ['a broken escape', basic('a:%zz')],
    ['no colon', basic('abc')],
    ['another scheme', 'Digest abc'],
  ])('with %s names nobody', (_, authorization) => {
    expect(readTokenRequest({ contentType, authorization, body: form({}) })).toMatchObject({ error: 'invalid_client' })
  })
})

test('a token has the scopes that were asked for, or all that the partner has that still exist', () => {
  const held = ['orders:read', 'catalog:read', 'gone:read']
  expect(grantedScopes(held, undefined)).toEqual(['catalog:read', 'orders:read'])
  expect(grantedScopes(held, ['orders:read', 'orders:read'])).toEqual(['orders:read'])
  expect(grantedScopes(held, ['gone:read'])).toMatchObject({ error: 'invalid_scope' })
  expect(grantedScopes(held, [])).toMatchObject({ error: 'invalid_scope' })
})
