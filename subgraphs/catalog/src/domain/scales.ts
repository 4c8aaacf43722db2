import { type Money, parseMoney } from '@tillgraph/rules/money'
import { parseQuantity, type Quantity } from '@tillgraph/rules/quantity'
import { checkScaleLayout, type ScaleBarcode, type ScaleLayout } from '@tillgraph/rules/scale-barcode'
import { readField, refuseField } from './problems.ts'
import type { Product } from './product.ts'

export const SCALE_LAYOUTS_MOST = 10

/** Reads how the scales of a business fill their barcodes; no two layouts may begin alike. */
export function readScaleLayouts(given: readonly ScaleLayout[]): ScaleLayout[] {
  if (given.length > SCALE_LAYOUTS_MOST) refuseField('layouts', `There are at most ${SCALE_LAYOUTS_MOST} layouts.`)
  const layouts = given.map(({ pattern, value, decimals }, index) =>
    readField(`layouts.${index}.pattern`, () => checkScaleLayout({ pattern, value, decimals })),
  )
  if (new Set(layouts.map(({ pattern }) => pattern.slice(0, 2))).size < layouts.length)
    refuseField('layouts', 'Two layouts begin with the same two digits, by which they are told apart.')
  return layouts
}

/** The number at the scales that a barcode names, as products keep it. */
export function scaleItemOf(scanned: ScaleBarcode): string {
  return scanned.item.replace(/^0+/, '')
}

/** What a scale has printed of a product: how much there is of it, or what all of it costs. */
export function weighed(product: Product, scanned: ScaleBarcode): { quantity: Quantity } | { price: Money } {
  if (scanned.layout.value === 'PRICE') return { price: parseMoney(scanned.value, product.price.currency) }
  const kilograms = parseQuantity(scanned.value)
  return { quantity: product.unit === 'GRAM' ? kilograms * 1000n : kilograms }
}
