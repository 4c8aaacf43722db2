import { createPrivateKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { OfflineFault } from '@tillgraph/rules/offline/fault'
import { calculateJwkThumbprint } from 'jose'
import { expect, test } from 'vitest'
import { hashOfLine } from './signed-text.ts'
import { verifyApproval } from './verify-approval.ts'
import { claimedKeyOf, type RegisterSigningKey, verifyRecord } from './verify-record.ts'

const uuid = (last: number) => `0192a000-0000-7000-8000-${String(last).padStart(12, '0')}`
const own = { tenantId: uuid(1), storeId: uuid(2), registerId: uuid(3) }

const amounts = { gross: '1.00', discount: '0.00', net: '1.00', tax: '0.00', total: '1.00' }
const record = {
  version: 1,
  ...own,
  sequence: 1,
  previous: '',
  acknowledged: 0,
  takenAt: '2026-03-01T12:00:00.000Z',
  policyVersion: 1,
  kind: 'sale',
  sale: {
    ...{ orderId: uuid(4), number: '1', businessDate: '2026-03-01', cashierId: uuid(5), currency: 'EUR' },
    ...{ prices: 'INCLUSIVE', taxRounding: 'LINE', roundingMode: 'HALF_EVEN' },
    lines: [
      {
        ...{ id: '1', productId: uuid(6), sku: 'A', name: 'A', quantity: '1', unit: 'piece', unitPrice: '1.00' },
        ...amounts,
        taxes: [],
      },
    ],
    totals: { ...amounts, cashRounding: '0.00' },
    tenders: [{ id: uuid(7), kind: 'CASH', amount: '1.00' }],
    approvals: [],
    leases: [],
  },
}

async function makeKey(): Promise<{ key: RegisterSigningKey; privateKey: KeyObject }> {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const jwk = publicKey.export({ format: 'jwk' }) as { x: string }
  const id = await calculateJwkThumbprint({ kty: 'OKP', crv: 'Ed25519', x: jwk.x })
  return { key: { id, ...own, publicKey: jwk.x }, privateKey: createPrivateKey(privateKey.export(PEM)) }
}

const PEM = { format: 'pem', type: 'pkcs8' } as const
const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

function compact(payload: unknown, header: object, privateKey: KeyObject): string {
  const text = `${part(header)}.${part(payload)}`
  return `${text}.${sign(null, Buffer.from(text), privateKey).toString('base64url')}`
}

function faultOf(attempt: () => unknown) {
  try {
    attempt()
    return undefined
  } catch (error) {
    if (error instanceof OfflineFault) return error.code
    throw error
  }
}

test('what a till signed with its own key is read', async () => {
  const { key, privateKey } = await makeKey()
  const line = compact(record, { alg: 'EdDSA', typ: 'tillgraph-offline', kid: key.id }, privateKey)
  expect(claimedKeyOf(line)).toBe(key.id)
  expect(verifyRecord(line, key)).toEqual({ record, kid: key.id, hash: hashOfLine(line) })
})

test('not one character of a record can be changed', async () => {
  const { key, privateKey } = await makeKey()
  const line = compact(record, { alg: 'EdDSA', typ: 'tillgraph-offline', kid: key.id }, privateKey)
  for (let at = 0; at < line.length; at += 1) {
    const changed = line.slice(0, at) + (line[at] === 'A' ? 'B' : 'A') + line.slice(at + 1)
    expect(faultOf(() => verifyRecord(changed, key))).toMatch(/^(MALFORMED_RECORD|UNKNOWN_KEY|BAD_SIGNATURE)$/)
  }
})

test('another key, another till, another kind of paper, a key in the header: none of it is read', async () => {
  const { key, privateKey } = await makeKey()
  const other = await makeKey()
  const header = { alg: 'EdDSA', typ: 'tillgraph-offline', kid: key.id }
  const line = compact(record, header, privateKey)
  expect(faultOf(() => verifyRecord(line, undefined))).toBe('UNKNOWN_KEY')
  expect(faultOf(() => verifyRecord(line, other.key))).toBe('UNKNOWN_KEY')
  expect(faultOf(() => verifyRecord(compact(record, header, other.privateKey), key))).toBe('BAD_SIGNATURE')
  expect(faultOf(() => verifyRecord(line, { ...key, registerId: uuid(9) }))).toBe('WRONG_REGISTER')
  const headers = [
    { ...header, typ: 'tillgraph-approval' },
    { ...header, alg: 'none' },
    { ...header, alg: 'HS256' },
    { ...header, jwk: { kty: 'OKP', crv: 'Ed25519', x: other.key.publicKey } },
    { ...header, crit: ['b64'], b64: false },
    { alg: 'EdDSA', typ: 'tillgraph-offline' },
  ]
  for (const one of headers)
    expect(faultOf(() => verifyRecord(compact(record, one, privateKey), key))).toBe('MALFORMED_RECORD')
})

test('the same bytes written another way are not the same record', async () => {
  const { key, privateKey } = await makeKey()
  const line = compact(record, { alg: 'EdDSA', typ: 'tillgraph-offline', kid: key.id }, privateKey)
  // 64 bytes of a signature leave four bits of the last character unused
  const end = line.slice(-1)
  const twin = 'AQgw'.includes(end) ? line.slice(0, -1) + String.fromCharCode(end.charCodeAt(0) + 1) : line
  expect(twin).not.toBe(line)
  expect(Buffer.from(twin.split('.')[2] ?? '', 'base64url')).toEqual(Buffer.from(line.split('.')[2] ?? '', 'base64url'))
  expect(faultOf(() => verifyRecord(twin, key))).toBe('MALFORMED_RECORD')
  expect(faultOf(() => verifyRecord(`${line}=`, key))).toBe('MALFORMED_RECORD')
})

test('an approval is believed when its manager signed it before their key was revoked', async () => {
  const { key, privateKey } = await makeKey()
  const approval = {
    ...{ version: 1, id: uuid(8), ...own, managerId: uuid(9), action: 'discount', bound: '20' },
    ...{ issuedAt: '2026-03-01T12:00:00.000Z', expiresAt: '2026-03-01T13:00:00.000Z' },
  }
  const header = { alg: 'EdDSA', typ: 'tillgraph-approval', kid: key.id }
  const line = compact(approval, header, privateKey)
  const of = { id: key.id, tenantId: own.tenantId, managerId: uuid(9), publicKey: key.publicKey, revokedAt: null }
  expect(verifyApproval(line, of)).toEqual(approval)
  expect(verifyApproval(line, { ...of, revokedAt: new Date('2026-03-01T12:00:00.001Z') })).toEqual(approval)
  const other = await makeKey()
  const forged = [
    () => verifyApproval(line, undefined),
    () => verifyApproval(line, { ...of, revokedAt: new Date('2026-03-01T12:00:00.000Z') }),
    () => verifyApproval(line, { ...of, managerId: uuid(7) }),
    () => verifyApproval(line, { ...of, tenantId: uuid(7) }),
    () => verifyApproval(compact(approval, header, other.privateKey), of),
    () => verifyApproval(compact({ ...approval, bound: 'all' }, header, privateKey), of),
    () => verifyApproval(compact(record, { ...header, typ: 'tillgraph-offline' }, privateKey), of),
  ]
  expect(forged.map(faultOf)).toEqual(forged.map(() => 'FORGED_APPROVAL'))
})
