import { isCode128 } from '@tillgraph/rules/barcode'
import type { Money } from '@tillgraph/rules/money'
import type { Quantity } from '@tillgraph/rules/quantity'
import { readScaleBarcode } from '@tillgraph/rules/scale-barcode'
import type { Context } from '../context.ts'
import { barcodeKeys } from '../domain/barcode.ts'
import type { Product } from '../domain/product.ts'
import { scaleItemOf, weighed } from '../domain/scales.ts'
import { productByBarcodeKeys, productByScaleItem } from '../store/find-products.ts'
import { readScaleLayouts } from '../store/scale-layouts.ts'

const MAY_BE_OF_SCALES = /^2[0-9]{12}$/

/** What a scanner read: a product, and what a scale printed of it. */
export interface Scanned {
  readonly product: Product
  readonly quantity?: Quantity
  readonly price?: Money
}

/** The product of a barcode. Only one that begins as scales begin theirs costs a look at the layouts. */
export async function scan(context: Context, barcode: string): Promise<Scanned | null> {
  const text = barcode.trim()
  if (!isCode128(text)) return null
  if (MAY_BE_OF_SCALES.test(text)) {
    const found = await scanOfScales(context, text)
    if (found) return found
  }
  const product = await productByBarcodeKeys(context.database, context.tenantId, barcodeKeys(text))
  return product ? { product } : null
}

async function scanOfScales({ database, tenantId }: Context, text: string): Promise<Scanned | undefined> {
  const read = readScaleBarcode(text, await readScaleLayouts(database, tenantId))
  if (!read) return undefined
  const product = await productByScaleItem(database, tenantId, scaleItemOf(read))
  return product && { product, ...weighed(product, read) }
}
