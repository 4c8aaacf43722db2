import { z } from 'zod'
import { defineEvent } from './event-contract.ts'

/** A product came, changed or went; whoever keeps a copy asks for it again. The aggregate is the product. */
export const productChanged = defineEvent(
  'catalog.product.changed.v1',
  z.object({ productId: z.uuid(), change: z.enum(['CREATED', 'UPDATED', 'ARCHIVED', 'RESTORED']) }),
)

/** What a product costs has changed, in one store or (null) wherever no store says otherwise. The aggregate is the product. */
export const priceChanged = defineEvent(
  'catalog.price.changed.v1',
  z.object({ productId: z.uuid(), storeId: z.uuid().nullable() }),
)

/** The rates of a tax class have changed, which moves the price of all its products. The aggregate is the tax class. */
export const taxClassChanged = defineEvent('catalog.tax_class.changed.v1', z.object({ taxClassId: z.uuid() }))

/** A category came, changed or went. The aggregate is the category. */
export const categoryChanged = defineEvent(
  'catalog.category.changed.v1',
  z.object({ categoryId: z.uuid(), change: z.enum(['CREATED', 'UPDATED', 'ARCHIVED', 'RESTORED']) }),
)

/** What prices mean, how taxes are rounded or which tax class is the default has changed. The aggregate is the tenant. */
export const taxSettingsChanged = defineEvent('catalog.tax_settings.changed.v1', z.object({ version: z.int() }))
