import { randomBytes, randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { clientIdOf, clientSecret, clientSecretHash, readClientId } from './client-credentials.ts'
import { makeRefreshToken, openSuccessor, readRefreshToken, sealSuccessor } from './refresh-token.ts'

const tenantId = randomUUID()

test('a refresh token says where to look and nothing else, and no two are the same', () => {
  const [one, two] = [makeRefreshToken(tenantId, randomBytes), makeRefreshToken(tenantId, randomBytes)]
  expect(readRefreshToken(one)?.tenantId).toBe(tenantId)
  expect(readRefreshToken(one)?.hash).not.toEqual(readRefreshToken(two)?.hash)
  for (const text of ['', one.slice(1), `${one}A`, one.replace('tgr_', 'tgs_'), `tgr_${'A'.repeat(64)}`])
    expect(readRefreshToken(text), text).toBeUndefined()
})

test('only the used token opens the seal on its successor', () => {
  const [used, successor, other] = [1, 2, 3].map(() => makeRefreshToken(tenantId, randomBytes)) as [
    string,
    string,
    string,
  ]
  const sealed = sealSuccessor(used, successor, randomBytes)
  expect(openSuccessor(used, sealed)).toBe(successor)
  expect(() => openSuccessor(other, sealed)).toThrow()
  sealed[sealed.length - 1] = (sealed.at(-1) ?? 0) ^ 1
  expect(() => openSuccessor(used, sealed)).toThrow()
})

test('a client id names tenant and partner, and is written in one way only', () => {
  const partnerId = randomUUID()
  const clientId = clientIdOf(tenantId, partnerId)
  expect(readClientId(clientId)).toEqual({ tenantId, partnerId })
  // the last letter carries four bits and two that nobody reads: its neighbour decodes to the same bytes
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const other = `${clientId.slice(0, -1)}${letters[letters.indexOf(clientId.slice(-1)) + 1]}`
  expect(Buffer.from(other.slice(4), 'base64url')).toEqual(Buffer.from(clientId.slice(4), 'base64url'))
  expect(readClientId(other)).toBeUndefined()
  expect(readClientId('tgc_')).toBeUndefined()
})

test('what is no secret of ours is never the hash of one', () => {
  const secret = clientSecret(randomBytes(32))
  expect(clientSecretHash(secret)).not.toEqual(clientSecretHash(clientSecret(randomBytes(32))))
  expect(clientSecretHash('')).toEqual(clientSecretHash('x'.repeat(100_000)))
})
