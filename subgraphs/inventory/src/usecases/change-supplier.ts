import { violatedConstraint } from '@tillgraph/kit/database/constraint'
import { requireCaller } from '@tillgraph/kit/subgraph/request'
import type { Context } from '../context.ts'
import { changedMeanwhile, notFound, supplierNameTaken } from '../domain/problems.ts'
import type { Supplier } from '../domain/supplier.ts'
import { lockSupplier, supplierNameIsTaken, updateSupplier } from '../store/suppliers.ts'

/** Changes a supplier where it is still as the caller has read it; a change that changes nothing is none. */
export async function changeSupplier<Name extends 'UpdateSupplierSuccess' | 'ArchiveSupplierSuccess'>(
  context: Context,
  success: Name,
  asked: { readonly id: string; readonly version: number | undefined },
  change: (supplier: Supplier, now: Date) => Supplier,
) {
  try {
    return await context.database.write(requireCaller(context).tenantId, async session => {
      const before = await lockSupplier(session, asked.id)
      if (!before) return notFound('supplier')
      const now = context.clock.now()
      const after = change(before, now)
      const fields = Object.keys(before) as (keyof Supplier)[]
      if (fields.every(field => before[field] === after[field])) return { __typename: success, supplier: before }
      if (asked.version !== undefined && asked.version !== before.version) return changedMeanwhile()
      const supplier: Supplier = { ...after, version: before.version + 1, updatedAt: now }
      if (supplier.archivedAt === null && (await supplierNameIsTaken(session, supplier))) return supplierNameTaken()
      await updateSupplier(session, supplier)
      return { __typename: success, supplier }
    })
  } catch (error) {
    if (violatedConstraint(error) === 'supplier_name_taken') return supplierNameTaken()
    throw error
  }
}
