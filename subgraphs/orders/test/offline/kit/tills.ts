import { type DeviceKey, hashOf, signApproval, signRecord } from '@tillgraph/client/offline/sign'
import type { GraphRequest } from '@tillgraph/kit/graph-request'
import { makeId } from '@tillgraph/kit/ids'
import type { Approval } from '@tillgraph/rules/offline/approval'
import type { OfflinePolicy } from '@tillgraph/rules/offline/policy'
import type { OfflineRecord } from '@tillgraph/rules/offline/record'
import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose'
import type { TestShop } from '../../kit/orders.ts'
import { saleOf, type WantedSale } from './sale.ts'

/** A till that sells while it is cut off. */
export interface TestTill {
  readonly shop: TestShop
  readonly registerId: string
  key: DeviceKey
  revokedAt: string | null
  sequence: number
  previous: string
  acknowledged: number
  nextNumber: bigint
}

export async function deviceKey(): Promise<DeviceKey> {
  const { publicKey, privateKey } = await generateKeyPair('EdDSA', { extractable: true })
  const { x = '' } = await exportJWK(publicKey)
  return { kid: await calculateJwkThumbprint({ kty: 'OKP', crv: 'Ed25519', x }), publicKey: x, privateKey }
}

type Policy = Omit<OfflinePolicy, 'tenantId' | 'storeId'>

export const GENEROUS: Policy = {
  ...{ version: 1, enabled: true, currency: 'EUR', perSaleMax: '1000.00', perDeviceMax: '100000.00', countMax: 10_000 },
  ...{ warnAfterHours: 24, expireAfterHours: 72, tenderKinds: ['CASH', 'CARD', 'MOBILE'] },
  validUntil: '2199-01-01T00:00:00.000Z',
}

export interface TestManager {
  readonly tenantId: string
  readonly managerId: string
  readonly key: DeviceKey
  readonly roles: string[]
  revokedAt: string | null
}

/** Tills, policies and managers as identity knows them. */
export function createTills() {
  const tills = new Map<string, TestTill>()
  const policies = new Map<string, Policy>()
  const managers = new Map<string, TestManager>()

  return {
    async till(shop: TestShop, firstNumber = 1n, registerId = shop.registerId): Promise<TestTill> {
      const till = {
        ...{ shop, registerId, key: await deviceKey(), revokedAt: null },
        ...{ sequence: 0, previous: '', acknowledged: 0, nextNumber: firstNumber },
      }
      tills.set(registerId, till)
      return till
    },
    setPolicy(shop: TestShop, policy: Policy) {
      policies.set(`${shop.storeId} ${policy.version}`, policy)
    },
    async manager(shop: TestShop, roles = ['MANAGER']) {
      const manager: TestManager = {
        ...{ tenantId: shop.tenantId, managerId: makeId(), key: await deviceKey(), roles, revokedAt: null },
      }
      managers.set(manager.key.kid, manager)
      return manager
    },
    /** What identity answers to orders about all this. */
    answer(tenantId: string, { query, variables }: GraphRequest): object | undefined {
      const ids = (variables?.ids ?? []) as string[]
      if (query.includes('registersById')) {
        const found = ids.map(id => tills.get(id)).filter(till => till?.shop.tenantId === tenantId)
        if (found.length === 0) return undefined
        return {
          registersById: found.map(till => ({
            id: till?.registerId,
            store: { id: till?.shop.storeId },
            keys: [{ id: till?.key.kid, publicKey: till?.key.publicKey, revokedAt: till?.revokedAt }],
          })),
        }
      }
      if (query.includes('offlinePolicyOf')) {
        const policy = policies.get(`${variables?.storeId} ${variables?.version}`)
        const money = (amount: string | undefined) => ({ amount })
        return {
          offlinePolicyOf: policy
            ? { ...policy, perSaleMax: money(policy.perSaleMax), perDeviceMax: money(policy.perDeviceMax) }
            : null,
        }
      }
      if (query.includes('approvalKeysById'))
        return {
          approvalKeysById: [...managers.values()]
            .filter(manager => manager.tenantId === tenantId && ids.includes(manager.key.kid))
            .map(({ managerId, key, revokedAt }) => ({ id: key.kid, managerId, publicKey: key.publicKey, revokedAt })),
        }
      const manager = [...managers.values()].find(({ managerId }) => ids.includes(managerId))
      if (query.includes('usersById') && manager)
        return { usersById: [{ id: manager.managerId, roles: manager.roles.map(role => ({ role, store: null })) }] }
      return undefined
    },
  }
}

/** The next record of a till's log, unsigned. */
export function nextRecord(
  till: TestTill,
  takenAt: Date,
  sale: Omit<WantedSale, 'number' | 'cashierId' | 'businessDate'> & Partial<WantedSale>,
): OfflineRecord {
  const { shop, registerId } = till
  return {
    ...{ version: 1, tenantId: shop.tenantId, storeId: shop.storeId, registerId },
    ...{ sequence: till.sequence + 1, previous: till.previous, acknowledged: till.acknowledged },
    ...{ takenAt: takenAt.toISOString(), policyVersion: 1, kind: 'sale' },
    sale: saleOf({
      ...{ number: till.nextNumber, cashierId: shop.userId, businessDate: dayInBerlin(takenAt) },
      ...sale,
    }),
  }
}

/** Signs a record and puts it into the till's log. */
export async function log(till: TestTill, record: OfflineRecord): Promise<string> {
  const line = await signRecord(record, till.key)
  till.sequence = record.sequence
  till.previous = await hashOf(line)
  till.nextNumber += 1n
  return line
}

/** A manager's approval of a discount, good for an hour. */
export function approve(
  manager: { readonly managerId: string; readonly key: DeviceKey },
  till: TestTill,
  at: Date,
  given: Partial<Approval> = {},
): Promise<string> {
  const { tenantId, storeId } = till.shop
  const approval: Approval = {
    ...{ version: 1, id: makeId(), tenantId, storeId, registerId: till.registerId, managerId: manager.managerId },
    ...{ action: 'discount', bound: '40' },
    ...{ issuedAt: at.toISOString(), expiresAt: new Date(at.getTime() + 3_600_000).toISOString() },
    ...given,
  }
  return signApproval(approval, manager.key)
}

export function dayInBerlin(at: Date): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Berlin' }).format(at)
}
