import { compactVerify } from 'jose'
import { expect, test } from 'vitest'
import { makeDeviceKey } from './device-key.ts'
import { hashOf, signApproval } from './sign.ts'

test('an approval is signed with a header that says what it is and by which key, and no more', async () => {
  const key = await makeDeviceKey()
  const uuid = '0192a000-0000-7000-8000-000000000001'
  const approval = {
    ...({ version: 1, id: uuid, tenantId: uuid, storeId: uuid, registerId: uuid, managerId: uuid } as const),
    ...({ action: 'discount', bound: '20' } as const),
    ...{ issuedAt: '2026-03-01T12:00:00.000Z', expiresAt: '2026-03-01T13:00:00.000Z' },
  }
  const verified = await compactVerify(await signApproval(approval, key), key.verifyKey)
  expect(verified.protectedHeader).toEqual({ alg: 'EdDSA', typ: 'tillgraph-approval', kid: key.kid })
  expect(JSON.parse(new TextDecoder().decode(verified.payload))).toEqual(approval)
})

test('a key can sign, and nobody can read it', async () => {
  const { privateKey } = await makeDeviceKey()
  expect(privateKey.extractable).toBe(false)
  await expect(crypto.subtle.exportKey('pkcs8', privateKey)).rejects.toThrow()
})

test('a line has the SHA-256 that everybody else finds', async () => {
  expect(await hashOf('')).toBe('47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU')
  expect(await hashOf('abc')).toBe('ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0')
})
