import type { DeviceKey } from '@tillgraph/client/offline/sign'
import type { ManagerKey } from '@tillgraph/client/offline/till-approvals'
import type { OfflinePolicy } from '@tillgraph/rules/offline/policy'
import type { PricingTerms, ProductOnTill } from '@tillgraph/rules/offline/write-sale'
import { createIds, type Random } from '../random.ts'
import { HOUR_MS, PRODUCTS, STARTS_AT, STORES } from './options.ts'
import type { Signatures } from './signatures.ts'

/** The second version of the policy holds from here on. */
export const POLICY_CHANGES_AT = STARTS_AT + 24 * HOUR_MS

export const terms: PricingTerms = {
  currency: 'CHF',
  prices: 'INCLUSIVE',
  taxRounding: 'RECEIPT',
  roundingMode: 'HALF_AWAY_FROM_ZERO',
}

export const dayRules = { timeZone: 'Europe/Zurich', dayEndMinutes: 240 }

/** A business as identity and catalog know it. */
export interface SimulatedShop {
  readonly tenantId: string
  readonly storeIds: readonly string[]
  readonly products: readonly ProductOnTill[]
  readonly cashierId: string
  readonly manager: { readonly id: string; readonly key: DeviceKey; readonly kept: ManagerKey }
  /** A version of a store's policy as it stands at a moment; undefined where there was none yet. */
  policy(storeId: string, version: number, now: number): OfflinePolicy | undefined
  newestPolicy(storeId: string, now: number): OfflinePolicy
}

export async function createShop(random: Random, signatures: Signatures): Promise<SimulatedShop> {
  const makeId = createIds(random, () => STARTS_AT)
  const tenantId = makeId()
  const managerId = makeId()
  const managerKey = await signatures.makeKey(random)

  function policy(storeId: string, version: number, now: number): OfflinePolicy | undefined {
    if (version < 1 || version > (now >= POLICY_CHANGES_AT ? 2 : 1)) return undefined
    const goodSince = version === 1 && now >= POLICY_CHANGES_AT ? POLICY_CHANGES_AT : now
    return {
      ...{ tenantId, storeId, version, enabled: true, currency: 'CHF' },
      ...{
        perSaleMax: '150.00',
        perDeviceMax: version === 1 ? '2600.00' : '2200.00',
        countMax: version === 1 ? 90 : 80,
      },
      ...{ warnAfterHours: 24, expireAfterHours: 72, tenderKinds: ['CASH', 'CARD'] },
      validUntil: new Date(goodSince + 72 * HOUR_MS).toISOString(),
    }
  }

  return {
    tenantId,
    storeIds: Array.from({ length: STORES }, makeId),
    products: Array.from({ length: PRODUCTS }, (_, index) => ({
      id: makeId(),
      sku: `P-${index}`,
      name: `Product ${index}`,
      unit: index % 4 === 0 ? 'kg' : 'piece',
      unitPrice: { minorThousandths: BigInt(random.between(50, 1_400)) * 1000n },
      taxes: [
        index % 3 === 0
          ? { id: 'reduced', name: 'VAT 2.6 %', rate: 26_000n }
          : { id: 'standard', name: 'VAT 8.1 %', rate: 81_000n },
      ],
    })),
    cashierId: makeId(),
    manager: {
      id: managerId,
      key: managerKey,
      kept: { id: managerKey.kid, managerId, publicKey: managerKey.publicKey, maximumDiscount: '50' },
    },
    policy,
    newestPolicy(storeId, now) {
      const newest = policy(storeId, 2, now) ?? policy(storeId, 1, now)
      if (!newest) throw new Error('There is a policy from the start')
      return newest
    },
  }
}
