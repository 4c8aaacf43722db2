import type { Session } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import type { Quantity } from '@tillgraph/rules/quantity'
import type { PrismaClient } from '../../generated/prisma/client.ts'

const SET_THRESHOLD = sql('select set_threshold($1, $2, $3, $4, $5, $6)')

/** From how few on a product is low in a store; null for never. */
export async function setThreshold(
  session: Session,
  setting: {
    readonly storeId: string
    readonly productId: string
    readonly threshold: Quantity | null
    readonly now: Date
    readonly actor: string | null
  },
): Promise<void> {
  const { storeId, productId, threshold, now, actor } = setting
  await session.query(SET_THRESHOLD, [session.tenantId, now, storeId, productId, threshold, actor])
}

/** Whether stock of a product is kept. */
export async function setTracking(session: Session<PrismaClient>, productId: string, tracked: boolean): Promise<void> {
  const { tenantId } = session
  await session.prisma.productSetting.upsert({
    where: { tenantId_productId: { tenantId, productId } },
    create: { tenantId, productId, tracked },
    update: { tracked },
  })
}
