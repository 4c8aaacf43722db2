import { isApprovalFor } from '@tillgraph/rules/offline/approval'
import { OfflineFault } from '@tillgraph/rules/offline/fault'
import { expect, test } from 'vitest'
import { grantApproval, readApprovalRequest, requestApproval, writeApprovalRequest } from './approval-request.ts'
import { makeDeviceKey } from './device-key.ts'
import { checkApproval } from './till-approvals.ts'

const uuid = (last: number) => `0192a000-0000-7000-8000-${String(last).padStart(12, '0')}`
const now = Date.UTC(2026, 2, 1, 12)
const till = { tenantId: uuid(1), storeId: uuid(2), registerId: uuid(3) }
const [orderId, managerId] = [uuid(4), uuid(5)]
const refund = { action: 'refund', orderId, amount: '60.00' } as const

test('what a till asks for is what a manager signs, for this order and nothing else', async () => {
  const key = await makeDeviceKey()
  const asked = readApprovalRequest(writeApprovalRequest(requestApproval(till, refund, uuid(6))))
  expect(asked).toEqual({ ...till, id: uuid(6), action: 'refund', bound: '60.00', orderId })
  const given = await grantApproval(asked, { managerId, key }, { now, lifeMs: 600_000 })
  const manager = { id: key.kid, managerId, publicKey: key.publicKey, maximumDiscount: '50' }
  const use = { ...till, action: 'refund', orderId, at: now } as const
  const { approval } = await checkApproval(given, [manager], use)
  expect(approval).toMatchObject({ ...asked, managerId })
  const others = [
    { ...use, orderId: uuid(9) },
    { ...use, action: 'void' as const },
    { ...use, registerId: uuid(9) },
  ]
  for (const other of others) {
    expect(isApprovalFor(approval, other)).toBe(false)
    await expect(checkApproval(given, [manager], other)).rejects.toMatchObject({ code: 'FORGED_APPROVAL' })
  }
})

test('a text that asks for nothing that can be approved is not shown to a manager', () => {
  const asked = requestApproval(till, refund, uuid(6))
  const texts = [
    'nothing',
    '[]',
    'null',
    JSON.stringify({ ...asked, orderId: undefined }),
    JSON.stringify({ ...asked, bound: '-1' }),
    JSON.stringify({ ...asked, action: 'give-all' }),
    JSON.stringify({ ...asked, more: 'x' }),
    JSON.stringify({ ...asked, more: 'x'.repeat(2_000) }),
  ]
  for (const text of texts) expect(() => readApprovalRequest(text)).toThrow(OfflineFault)
  const discount = requestApproval(till, { action: 'discount', percent: '25' }, uuid(6))
  expect(readApprovalRequest(writeApprovalRequest(discount))).toEqual(discount)
})
