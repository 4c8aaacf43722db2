import { holdsCardNumber } from '@tillgraph/rules/card-number'
import { parseCurrencyCode } from '@tillgraph/rules/currency'
import { parseName, parseNoteText } from '@tillgraph/rules/names'
import { parseSku, skuKey } from '@tillgraph/rules/sku'
import { parseText } from '@tillgraph/rules/text'
import { parseUnitPrice } from '@tillgraph/rules/unit-price'
import { type BarcodeInput, type ProductBarcode, readBarcodes } from './barcode.ts'
import { readImageUrl } from './image-url.ts'
import { readField, refuseField } from './problems.ts'
import type { Attribute, PricePerUnit, Product } from './product.ts'
import { customaryDecimals, isWeighed, QUANTITY_DECIMALS_MOST, type Unit } from './unit.ts'

const ATTRIBUTES_MOST = 50
const ATTRIBUTE_NAME_CHARACTERS_MOST = 60
const ATTRIBUTE_VALUE_CHARACTERS_MOST = 500
const SCALE_ITEM = /^[0-9]{1,6}$/

/** All that a product is made of but what the catalogue itself keeps of it. */
export interface ProductDraft {
  readonly sku: string
  readonly skuKey: string
  readonly name: string
  readonly description: string | null
  readonly unit: Unit
  readonly quantityDecimals: number
  readonly soldByWeight: boolean
  readonly price: PricePerUnit
  /** Null for the default one. */
  readonly taxClassId: string | null
  readonly categoryId: string | null
  readonly barcodes: readonly ProductBarcode[]
  readonly scaleItem: string | null
  readonly attributes: readonly Attribute[]
  readonly imageUrl: string | null
}

/** What may be given of a product; a field that is undefined is not given. */
export interface ProductFields {
  readonly sku?: string | null | undefined
  readonly name?: string | null | undefined
  readonly description?: string | null | undefined
  readonly unit?: Unit | null | undefined
  readonly quantityDecimals?: number | null | undefined
  readonly soldByWeight?: boolean | null | undefined
  readonly price?: { readonly amount: string; readonly currency: string } | null | undefined
  readonly taxClassId?: string | null | undefined
  readonly categoryId?: string | null | undefined
  readonly barcodes?: readonly BarcodeInput[] | null | undefined
  readonly scaleItem?: string | null | undefined
  readonly attributes?: readonly Attribute[] | null | undefined
  readonly imageUrl?: string | null | undefined
}

/** Reads what a new product is made of. */
export function readNewProduct(given: ProductFields): ProductDraft {
  const unit = given.unit ?? 'PIECE'
  return whole({
    ...readSkuField(given.sku ?? ''),
    name: readNameField(given.name ?? ''),
    description: readDescription(given.description),
    unit,
    quantityDecimals: given.quantityDecimals ?? customaryDecimals(unit),
    soldByWeight: given.soldByWeight ?? false,
    price: given.price ? readPrice(given.price) : refuseField('price', 'A product needs a price.'),
    taxClassId: given.taxClassId ?? null,
    categoryId: given.categoryId ?? null,
    barcodes: readBarcodes(given.barcodes ?? []),
    scaleItem: readScaleItem(given.scaleItem),
    attributes: readAttributes(given.attributes ?? []),
    imageUrl: readImageUrl(given.imageUrl),
  })
}

/** What a product becomes by a change: what is given replaces what is there. Null clears what may be absent. */
export function readChangedProduct(
  product: Product,
  barcodes: readonly ProductBarcode[],
  given: ProductFields,
): ProductDraft {
  const unit = given.unit ?? product.unit
  const unitChanges = unit !== product.unit
  return whole({
    ...readSkuField(given.sku ?? product.sku),
    name: given.name === undefined || given.name === null ? product.name : readNameField(given.name),
    description: given.description === undefined ? product.description : readDescription(given.description),
    unit,
    quantityDecimals: given.quantityDecimals ?? (unitChanges ? customaryDecimals(unit) : product.quantityDecimals),
    soldByWeight: given.soldByWeight ?? (product.soldByWeight && isWeighed(unit)),
    price: given.price ? readPrice(given.price) : product.price,
    taxClassId: given.taxClassId ?? product.taxClassId,
    categoryId: given.categoryId === undefined ? (product.category?.id ?? null) : given.categoryId,
    barcodes: given.barcodes ? readBarcodes(given.barcodes) : barcodes,
    scaleItem: given.scaleItem === undefined ? product.scaleItem : readScaleItem(given.scaleItem),
    attributes: given.attributes ? readAttributes(given.attributes) : product.attributes,
    imageUrl: given.imageUrl === undefined ? product.imageUrl : readImageUrl(given.imageUrl),
  })
}

/** What only holds between fields. */
function whole(draft: ProductDraft): ProductDraft {
  const { quantityDecimals, soldByWeight, unit } = draft
  if (!Number.isInteger(quantityDecimals) || quantityDecimals < 0 || quantityDecimals > QUANTITY_DECIMALS_MOST)
    refuseField('quantityDecimals', `A quantity has 0 to ${QUANTITY_DECIMALS_MOST} decimals.`)
  if (soldByWeight && !isWeighed(unit))
    refuseField('soldByWeight', 'Only what is counted in kilograms or grams is sold by weight.')
  return draft
}

function readSkuField(text: string): Pick<ProductDraft, 'sku' | 'skuKey'> {
  const sku = readField('sku', () => parseSku(text))
  return { sku, skuKey: skuKey(sku) }
}

function readNameField(text: string): string {
  return withoutCardNumber(
    'name',
    readField('name', () => parseName(text)),
  )
}

function readDescription(text: string | null | undefined): string | null {
  const description = readField('description', () => parseNoteText(text ?? ''))
  return description === '' ? null : withoutCardNumber('description', description)
}

function readPrice(given: { readonly amount: string; readonly currency: string }): PricePerUnit {
  const currency = readField('price.currency', () => parseCurrencyCode(given.currency))
  return { ...readField('price.amount', () => parseUnitPrice(given.amount, currency)), currency }
}

function readScaleItem(text: string | null | undefined): string | null {
  if (text === null || text === undefined) return null
  if (!SCALE_ITEM.test(text) || /^0+$/.test(text)) refuseField('scaleItem', 'A number at the scales is 1 to 6 digits.')
  return text.replace(/^0+/, '')
}

function readAttributes(given: readonly Attribute[]): Attribute[] {
  if (given.length > ATTRIBUTES_MOST) refuseField('attributes', `A product has at most ${ATTRIBUTES_MOST} attributes.`)
  const attributes = given.map(({ name, value }, index) => ({
    name: readText(`attributes.${index}.name`, name, ATTRIBUTE_NAME_CHARACTERS_MOST),
    value: readText(`attributes.${index}.value`, value, ATTRIBUTE_VALUE_CHARACTERS_MOST),
  }))
  if (new Set(attributes.map(({ name }) => name.toLowerCase())).size < attributes.length)
    refuseField('attributes', 'An attribute is given twice.')
  return attributes
}

function readText(field: string, text: string, charactersMost: number): string {
  return withoutCardNumber(
    field,
    readField(field, () => parseText(text, charactersMost)),
  )
}

function withoutCardNumber(field: string, text: string): string {
  if (holdsCardNumber(text)) refuseField(field, 'This holds a card number, which must not be written down here.')
  return text
}
