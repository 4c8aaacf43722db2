import { violatedConstraint } from '@tillgraph/kit/database/constraint'
import { carryOut } from '@tillgraph/kit/subgraph/carry-out'
import type { Context } from '../context.ts'
import { supplierNameTaken } from '../domain/problems.ts'
import type { Supplier } from '../domain/supplier.ts'
import { insertSupplier, supplierNameIsTaken } from '../store/suppliers.ts'

export interface NewSupplier extends Pick<Supplier, 'name' | 'email' | 'phone' | 'address' | 'note'> {
  readonly id: string | undefined
}

export async function createSupplier(context: Context, asked: NewSupplier, key: string | undefined) {
  try {
    return await carryOut(context, { operation: 'createSupplier', key, content: asked }, async session => {
      const now = context.clock.now()
      const supplier: Supplier = {
        ...asked,
        id: asked.id ?? context.makeId(),
        version: 1,
        archivedAt: null,
        createdAt: now,
        updatedAt: now,
      }
      if (await supplierNameIsTaken(session, supplier)) return supplierNameTaken()
      await insertSupplier(session, supplier)
      return { __typename: 'CreateSupplierSuccess', supplier } as const
    })
  } catch (error) {
    if (violatedConstraint(error) === 'supplier_name_taken') return supplierNameTaken()
    throw error
  }
}
