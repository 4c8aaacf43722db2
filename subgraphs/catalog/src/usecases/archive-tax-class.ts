import { taxClassChanged } from '@tillgraph/kit/events/catalog'
import { writeEvent } from '@tillgraph/kit/events/outbox'
import { isUuid } from '@tillgraph/rules/uuid'
import type { Context } from '../context.ts'
import { notFound, taxClassInUse } from '../domain/problems.ts'
import { hasProductsOnSale, taxClassIn, touchTaxClass } from '../store/save-tax-class.ts'
import { readTaxSettings } from '../store/tax-settings.ts'
import { changeAlways } from './change.ts'

/** Takes a tax class out of use that nothing needs any more. */
export function archiveTaxClass(context: Context, id: string) {
  return changeAlways(context, async (work, begun) => {
    const taxClass = isUuid(id) ? await taxClassIn(work, id) : undefined
    if (!taxClass) return notFound('tax class')
    const success = { __typename: 'ArchiveTaxClassSuccess' as const, taxClassId: id }
    if (taxClass.archivedAt) return success
    const settings = await readTaxSettings(work)
    if (settings?.defaultTaxClassId === id || (await hasProductsOnSale(work, id))) return taxClassInUse
    await touchTaxClass(work, id, { archivedAt: begun.now }, begun)
    await writeEvent(work, taxClassChanged.of(id, { taxClassId: id }, context.makeId()))
    return success
  })
}
