import type { Clock } from '@tillgraph/kit/clock'
import { on } from '@tillgraph/kit/events/consumer'
import { offlineSaleAccepted } from '@tillgraph/kit/events/orders'
import type { MakeId } from '@tillgraph/kit/ids'
import type { PrismaClient } from '../../generated/prisma/client.ts'
import { openStockPage } from '../store/offline/stock-page.ts'
import { sellOffline } from '../usecases/offline/sell-offline.ts'

export interface OfflineSaleServices {
  readonly clock: Clock
  readonly makeId: MakeId
  readonly changed: (tenantId: string, storeIds: Iterable<string>) => void
}

/** Takes the goods of a sale that a till made while it was cut off. */
export function takeOfflineSales({ clock, makeId, changed }: OfflineSaleServices) {
  return on<Parameters<typeof offlineSaleAccepted.of>[1], PrismaClient>(
    offlineSaleAccepted,
    async (session, { payload }) => {
      const { orderId, storeId, registerId, cashierId, takenAt, lines, leases } = payload
      const sale = { orderId, storeId, registerId, cashierId, takenAt, goods: lines, leases }
      await sellOffline(await openStockPage(session, storeId, changed), sale, clock.now(), makeId)
    },
  )
}
