import type { Context } from '../context.ts'
import type { CategoryOutcome, ProductOutcome, TaxClassOutcome } from '../outcomes.ts'
import { present } from '../present.ts'

// What a change was about is read after it, as it is then.

export const productSuccess = {
  product: async ({ productId }: ProductOutcome, _: unknown, context: Context) =>
    present(await context.load.products.load(productId)),
}

export const categorySuccess = {
  category: async ({ categoryId }: CategoryOutcome, _: unknown, context: Context) =>
    present(await context.load.categories.load(categoryId)),
}

export const taxClassSuccess = {
  taxClass: async ({ taxClassId }: TaxClassOutcome, _: unknown, context: Context) =>
    present(await context.load.taxClasses.load(taxClassId)),
}
