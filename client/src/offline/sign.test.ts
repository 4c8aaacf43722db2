import { createHash } from 'node:crypto'
import { calculateJwkThumbprint, compactVerify, exportJWK, generateKeyPair } from 'jose'
import { expect, test } from 'vitest'
import { hashOf, signApproval } from './sign.ts'

test('an approval is signed with a header that says what it is and by which key, and no more', async () => {
  const { publicKey, privateKey } = await generateKeyPair('EdDSA')
  const { x = '' } = await exportJWK(publicKey)
  const kid = await calculateJwkThumbprint({ kty: 'OKP', crv: 'Ed25519', x })
  const uuid = '0192a000-0000-7000-8000-000000000001'
  const approval = {
    ...({ version: 1, id: uuid, tenantId: uuid, storeId: uuid, registerId: uuid, managerId: uuid } as const),
    ...({ action: 'discount', bound: '20' } as const),
    ...{ issuedAt: '2026-03-01T12:00:00.000Z', expiresAt: '2026-03-01T13:00:00.000Z' },
  }
  const verified = await compactVerify(await signApproval(approval, { kid, publicKey: x, privateKey }), publicKey)
  expect(verified.protectedHeader).toEqual({ alg: 'EdDSA', typ: 'tillgraph-approval', kid })
  expect(JSON.parse(new TextDecoder().decode(verified.payload))).toEqual(approval)
})

test('a line has the hash that the server finds', async () => {
  for (const line of ['', 'a.b.c', 'x'.repeat(100_000)])
    expect(await hashOf(line)).toBe(createHash('sha256').update(line).digest('base64url'))
})
