import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { verifyRecord } from '@tillgraph/kit/offline/verify-record'
import { type ChainLink, placeInChain } from '@tillgraph/rules/offline/chain'
import { OfflineFault } from '@tillgraph/rules/offline/fault'
import type { OfflinePolicy } from '@tillgraph/rules/offline/policy'
import type { OfflineRecord } from '@tillgraph/rules/offline/record'
import { checkTotals } from '@tillgraph/rules/offline/totals'
import { v7 } from 'uuid'
import { makeDeviceKey } from '../../src/offline/device-key.ts'
import { openFileLog } from '../../src/offline/node/file-log.ts'
import type { DeviceKey } from '../../src/offline/sign.ts'
import { type OfflineTill, openTill, type WantedSale } from '../../src/offline/till.ts'
import type { SendBatch, SentVerdict } from '../../src/offline/upload.ts'

export const HOUR_MS = 3_600_000

export const register = {
  tenantId: v7(),
  storeId: v7(),
  registerId: v7(),
  timeZone: 'Europe/Zurich',
  dayEndMinutes: 240,
}

export const policy: OfflinePolicy = {
  tenantId: register.tenantId,
  storeId: register.storeId,
  version: 1,
  enabled: true,
  currency: 'CHF',
  perSaleMax: '100.00',
  perDeviceMax: '1000.00',
  countMax: 50,
  warnAfterHours: 24,
  expireAfterHours: 72,
  tenderKinds: ['CASH', 'CARD'],
  validUntil: '2026-03-04T12:00:00.000Z',
}

export const tea = {
  id: v7(),
  sku: 'TEA',
  name: 'Tea',
  unit: 'piece',
  unitPrice: { minorThousandths: 1_000_000n },
  taxes: [{ id: 'vat', name: 'VAT 8.1 %', rate: 81_000n }],
}

/** Some tea at 10.00 each, paid with a card unless told. */
export function saleOf(pieces = 1n, change: Partial<WantedSale> = {}): WantedSale {
  return {
    basket: { lines: [{ product: tea, quantity: pieces * 1000n }] },
    terms: { currency: 'CHF', prices: 'INCLUSIVE', taxRounding: 'RECEIPT', roundingMode: 'HALF_AWAY_FROM_ZERO' },
    cashierId: v7(),
    cashierRoles: ['CASHIER'],
    tenders: [{ id: v7(), kind: 'CARD', amount: pieces * 1000n, token: 'tok_visa', processor: 'sandbox' }],
    ...change,
  }
}

export interface TestTill {
  readonly key: DeviceKey
  /** The device's clock, epoch milliseconds. */
  clock: number
  /** Opens it, with what it has on its disk. */
  open(): Promise<OfflineTill>
  /** With policy and numbers, as it is after it had a network. */
  ready(change?: Partial<OfflinePolicy>): Promise<OfflineTill>
  dispose(): Promise<void>
}

export async function newTestTill(): Promise<TestTill> {
  const folder = await mkdtemp(join(tmpdir(), 'tillgraph-till-'))
  const key = await makeDeviceKey()
  const till: TestTill = {
    key,
    clock: Date.UTC(2026, 2, 1, 12),
    open: async () =>
      openTill({ log: await openFileLog(join(folder, 'log')), key, register, makeId: v7, now: () => till.clock }),
    async ready(change = {}) {
      const opened = await till.open()
      await opened.keep({ policy: { ...policy, ...change }, blocks: [{ id: v7(), first: '101', last: '400' }] })
      return opened
    },
    dispose: () => rm(folder, { recursive: true, force: true }),
  }
  return till
}

/** A graph as far as a till sees it: verifies each record, takes it once, and answers the same again. */
export function fakeGraph(key: DeviceKey) {
  const links: ChainLink[] = []
  const sales = new Map<string, OfflineRecord>()
  const verdicts = new Map<string, SentVerdict>()
  const registerKey = { id: key.kid, publicKey: key.publicKey, ...register }

  function take(compact: string): SentVerdict {
    try {
      const { record, hash } = verifyRecord(compact, registerKey)
      checkTotals(record.sale)
      const place = placeInChain(
        { sequence: record.sequence, previous: record.previous, hash },
        {
          same: links.find(({ sequence }) => sequence === record.sequence),
          before: links.find(({ sequence }) => sequence === record.sequence - 1),
        },
      )
      if (place !== 'NEXT') return { outcome: 'REFUSED', code: `SEQUENCE_${place}`, message: place }
      links.push({ sequence: record.sequence, previous: record.previous, hash })
      sales.set(record.sale.orderId, record)
      return { outcome: 'ACCEPTED' }
    } catch (error) {
      if (!(error instanceof OfflineFault)) throw error
      return { outcome: 'REFUSED', code: error.code, message: error.message }
    }
  }

  const send: SendBatch = async ({ records }) =>
    records.map(compact => {
      const known = verdicts.get(compact) ?? take(compact)
      verdicts.set(compact, known)
      return known
    })
  return { send, sales }
}
