import {
  type AlreadyUsedDifferently,
  alreadyUsedDifferently,
  type BarcodeTaken,
  barcodeTaken,
  type NotFound,
  notFound,
  type ScaleItemTaken,
  type SkuTaken,
  scaleItemTaken,
  skuTaken,
} from './problems.ts'
import type { ProductDraft } from './product-draft.ts'

/** A product as it is about to be saved. */
export interface ProductToSave {
  readonly id: string
  readonly draft: ProductDraft & { readonly taxClassId: string }
}

/** Why a product cannot be saved as it is. */
export type ProductProblem = SkuTaken | BarcodeTaken | ScaleItemTaken | NotFound

/** What the catalogue holds of all that the products in question name: by which product something is held. */
export interface Holdings {
  readonly skus: Map<string, string>
  readonly barcodes: Map<string, string>
  readonly scaleItems: Map<string, string>
  /** Products that are there. */
  readonly products: Set<string>
  /** Tax classes and categories that are there and in use. */
  readonly taxClasses: ReadonlySet<string>
  readonly categories: ReadonlySet<string>
}

/**
 * Which products can be saved, one after another: what an earlier one takes a later one cannot have. Gives the problem
 * of each that cannot.
 */
export function admitNewProducts(
  products: readonly ProductToSave[],
  holdings: Holdings,
): (ProductProblem | AlreadyUsedDifferently | undefined)[] {
  return products.map(product => {
    if (holdings.products.has(product.id)) return alreadyUsedDifferently
    const problem = problemOf(product, holdings)
    if (!problem) take(product, holdings)
    return problem
  })
}

/** Why a product cannot be saved as it is, if it cannot. What it holds already is no hindrance. */
export function problemOf({ id, draft }: ProductToSave, holdings: Holdings): ProductProblem | undefined {
  const { skus, barcodes, scaleItems, taxClasses, categories } = holdings
  const isOthers = (holder: string | undefined) => holder !== undefined && holder !== id
  if (isOthers(skus.get(draft.skuKey))) return skuTaken(draft.sku)
  const taken = draft.barcodes.find(({ key }) => isOthers(barcodes.get(key)))
  if (taken) return barcodeTaken(taken.code)
  if (draft.scaleItem !== null && isOthers(scaleItems.get(draft.scaleItem))) return scaleItemTaken(draft.scaleItem)
  if (!taxClasses.has(draft.taxClassId)) return notFound('tax class in use')
  if (draft.categoryId !== null && !categories.has(draft.categoryId)) return notFound('category in use')
  return undefined
}

function take({ id, draft }: ProductToSave, holdings: Holdings): void {
  holdings.products.add(id)
  holdings.skus.set(draft.skuKey, id)
  for (const { key } of draft.barcodes) holdings.barcodes.set(key, id)
  if (draft.scaleItem !== null) holdings.scaleItems.set(draft.scaleItem, id)
}
