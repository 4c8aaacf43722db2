import { productChanged } from '@tillgraph/kit/events/catalog'
import { writeEvent } from '@tillgraph/kit/events/outbox'
import { isUuid } from '@tillgraph/rules/uuid'
import type { ArchiveProductInput } from '../../generated/graphql.ts'
import type { Context } from '../context.ts'
import { changedMeanwhile, notFound } from '../domain/problems.ts'
import { productsByIds } from '../store/find-products.ts'
import { changeAlways } from './change.ts'

/** Takes a product out of sale, or puts it back; one that is there already is left as it is. */
export function archiveProduct(context: Context, { id, version }: ArchiveProductInput, archived: boolean) {
  return changeAlways(context, async (work, { number, now }) => {
    const product = isUuid(id) ? (await productsByIds(work, [id]))[0] : undefined
    if (!product) return notFound('product')
    if (version !== undefined && version !== null && version !== product.version) return changedMeanwhile
    if ((product.archivedAt !== null) !== archived) {
      await work.prisma.product.update({
        where: { tenantId_id: { tenantId: work.tenantId, id } },
        data: { archivedAt: archived ? now : null, updatedAt: now, change: number, version: { increment: 1 } },
        select: { id: true },
      })
      const told = archived ? 'ARCHIVED' : 'RESTORED'
      await writeEvent(work, productChanged.of(id, { productId: id, change: told }, context.makeId()))
    }
    return { __typename: 'ArchiveProductSuccess' as const, productId: id }
  })
}
