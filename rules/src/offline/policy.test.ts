import fc from 'fast-check'
import { expect, test } from 'vitest'
import { offlineFaultOf } from '../../test/offline-sample.ts'
import { forAll } from '../../test/random.ts'
import { mayBeAdmitted, type OfflineFaultCode, offlineFaults } from './fault.ts'
import {
  checkPolicyNamed,
  type OfflinePolicy,
  parseOfflinePolicy,
  policyFault,
  type SaleUnderPolicy,
  waitingState,
} from './policy.ts'

const HOUR = 3_600_000
const noon = Date.UTC(2026, 2, 1, 12)

const policy: OfflinePolicy = {
  tenantId: '0192a000-0000-7000-8000-000000000100',
  storeId: '0192a000-0000-7000-8000-000000000101',
  version: 3,
  enabled: true,
  currency: 'EUR',
  perSaleMax: '100.00',
  perDeviceMax: '1000.00',
  countMax: 50,
  warnAfterHours: 24,
  expireAfterHours: 72,
  tenderKinds: ['CASH', 'CARD'],
  validUntil: '2026-03-08T00:00:00.000Z',
}

const sale: SaleUnderPolicy = { takenAt: noon, currency: 'EUR', value: 10_000n, tenderKinds: ['CARD'] }
const nothing = { count: 0, value: 0n }

test('a sale at every limit is taken, one beyond any of them is not', () => {
  const full = { count: 49, value: 90_000n }
  expect(policyFault({ ...sale, receivedAt: noon + 72 * HOUR }, policy, full)).toBeUndefined()
  expect(policyFault({ ...sale, value: 10_001n }, policy, nothing)).toBe('BEYOND_SALE_LIMIT')
  expect(policyFault(sale, policy, { count: 50, value: 0n })).toBe('BEYOND_COUNT_LIMIT')
  expect(policyFault(sale, policy, { count: 49, value: 90_001n })).toBe('BEYOND_DEVICE_LIMIT')
  expect(policyFault({ ...sale, receivedAt: noon + 72 * HOUR + 1 }, policy, full)).toBe('TOO_LATE')
  expect(policyFault({ ...sale, tenderKinds: ['CASH', 'GIFT_CARD'] }, policy, full)).toBe('TENDER_NOT_ALLOWED')
  expect(policyFault({ ...sale, currency: 'CHF' }, policy, full)).toBe('WRONG_CURRENCY')
  expect(policyFault({ ...sale, takenAt: Date.parse(policy.validUntil) + 1 }, policy, nothing)).toBe('POLICY_STALE')
  expect(policyFault(sale, { ...policy, enabled: false }, nothing)).toBe('POLICY_OFF')
})

test('whatever a till takes one after another, the limits hold for the whole', () => {
  const values = fc.array(fc.bigInt(0n, 12_000n), { maxLength: 80 })
  forAll(values, amounts => {
    const held = { count: 0, value: 0n }
    for (const value of amounts) {
      if (policyFault({ ...sale, value }, policy, held) !== undefined) continue
      held.count += 1
      held.value += value
    }
    return held.count <= 50 && held.value <= 100_000n
  })
})

test('a till warns at a day and stops at three', () => {
  const states = [undefined, 23.9, 24, 71.9, 72].map(hours =>
    waitingState(policy, hours === undefined ? undefined : noon - hours * HOUR, noon),
  )
  expect(states).toEqual(['FRESH', 'FRESH', 'WARN', 'WARN', 'EXPIRED'])
})

test('a policy is read as it was written, and with a field more or less not at all', () => {
  expect(parseOfflinePolicy(JSON.parse(JSON.stringify(policy)))).toEqual(policy)
  for (const name of Object.keys(policy))
    expect(offlineFaultOf(() => parseOfflinePolicy({ ...policy, [name]: undefined }))).toBe('MALFORMED_RECORD')
  expect(offlineFaultOf(() => parseOfflinePolicy({ ...policy, more: 1 }))).toBe('MALFORMED_RECORD')
  expect(offlineFaultOf(() => parseOfflinePolicy({ ...policy, tenderKinds: ['IOU'] }))).toBe('MALFORMED_RECORD')
  expect(offlineFaultOf(() => parseOfflinePolicy({ ...policy, perSaleMax: '1.5' }))).toBe('MALFORMED_RECORD')
})

test('a record is held to the policy that it names and to no other', () => {
  const { storeId } = policy
  expect(offlineFaultOf(() => checkPolicyNamed(policy, { storeId, policyVersion: 3 }))).toBeUndefined()
  expect(offlineFaultOf(() => checkPolicyNamed(policy, { storeId, policyVersion: 2 }))).toBe('POLICY_UNKNOWN')
  expect(offlineFaultOf(() => checkPolicyNamed(policy, { storeId: 'x', policyVersion: 3 }))).toBe('POLICY_UNKNOWN')
})

test('a manager may let through what passed a limit, never what proves tampering', () => {
  const admitted = (Object.keys(offlineFaults) as OfflineFaultCode[]).filter(mayBeAdmitted)
  expect(admitted).toContain('BEYOND_SALE_LIMIT')
  expect(admitted).toContain('TOO_LATE')
  for (const code of ['BAD_SIGNATURE', 'SEQUENCE_FORK', 'WRONG_TOTALS', 'KEY_REVOKED', 'FORGED_APPROVAL'])
    expect(admitted).not.toContain(code)
})
