import { createListLoader, createLoader } from '@tillgraph/kit/loader'
import type { Category } from './domain/category.ts'
import type { Product } from './domain/product.ts'
import type { TaxClass } from './domain/tax-class.ts'
import type { TaxSettings } from './domain/tax-settings.ts'
import {
  type CategoryPlace,
  categoriesByIds,
  categoriesByPaths,
  type ListedCategory,
  listChildren,
} from './store/categories.ts'
import {
  type BarcodeOfProduct,
  barcodesOfProducts,
  type PriceOfProduct,
  pricesOfProducts,
  productsByIds,
} from './store/find-products.ts'
import type { Queried } from './store/queried.ts'
import { taxClassesByIds } from './store/tax-classes.ts'
import { readTaxSettings } from './store/tax-settings.ts'

export type ListLoader<Value> = ReturnType<typeof createListLoader<string, Value>>

/** Whatever of one kind a request asks for in one tick is loaded by one statement. */
export interface Loaders {
  readonly products: ReturnType<typeof createLoader<string, Product>>
  readonly categories: ReturnType<typeof createLoader<string, Category>>
  readonly categoriesByPath: ReturnType<typeof createLoader<string, Category>>
  readonly taxClasses: ReturnType<typeof createLoader<string, TaxClass>>
  readonly barcodes: ReturnType<typeof createListLoader<string, BarcodeOfProduct>>
  /** What stands directly in each of several categories: so many of each, from one place on. */
  children(archived: boolean, after: CategoryPlace, most: number): ListLoader<ListedCategory>
  /** So many prices of each of several products, from before an instant. */
  prices(before: Date, most: number): ListLoader<PriceOfProduct>
  /** Null when the business has none yet. */
  taxSettings(): Promise<TaxSettings | null>
}

export function loadersOf(queried: Queried): Loaders {
  const pages = new Map<string, ListLoader<unknown>>()
  /** One loader for all that ask for the same page. */
  function ofPage<Value>(page: string, make: () => ListLoader<Value>): ListLoader<Value> {
    const known = (pages.get(page) as ListLoader<Value> | undefined) ?? make()
    pages.set(page, known as ListLoader<unknown>)
    return known
  }
  let settings: Promise<TaxSettings | null> | undefined
  return {
    products: createLoader(
      ids => productsByIds(queried, ids),
      product => product.id,
    ),
    categories: createLoader(
      ids => categoriesByIds(queried, ids),
      category => category.id,
    ),
    categoriesByPath: createLoader(
      paths => categoriesByPaths(queried, paths),
      category => category.path,
    ),
    taxClasses: createLoader(
      ids => taxClassesByIds(queried, ids),
      taxClass => taxClass.id,
    ),
    barcodes: createListLoader(
      ids => barcodesOfProducts(queried, ids),
      barcode => barcode.productId,
    ),
    children: (archived, after, most) =>
      ofPage(`children ${archived} ${after} ${most}`, () =>
        createListLoader<string, ListedCategory>(
          ids => listChildren(queried, ids, archived, after, most),
          ({ category }) => category.parentId ?? '',
        ),
      ),
    prices: (before, most) =>
      ofPage(`prices ${before.getTime()} ${most}`, () =>
        createListLoader<string, PriceOfProduct>(
          ids => pricesOfProducts(queried, ids, before, most),
          price => price.productId,
        ),
      ),
    taxSettings() {
      settings ??= readTaxSettings(queried)
      return settings
    },
  }
}
