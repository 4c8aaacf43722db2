import type { Resolvers } from '../generated/graphql.ts'
import { archiveCategory } from './resolvers/archive-category.ts'
import { archiveProduct } from './resolvers/archive-product.ts'
import { archiveTaxClass } from './resolvers/archive-tax-class.ts'
import { Barcode } from './resolvers/barcode-fields.ts'
import { catalogChanges } from './resolvers/catalog-changes.ts'
import { categories } from './resolvers/categories.ts'
import { category } from './resolvers/category.ts'
import { Category } from './resolvers/category-fields.ts'
import { createCategory } from './resolvers/create-category.ts'
import { createProduct } from './resolvers/create-product.ts'
import { createProducts } from './resolvers/create-products.ts'
import { createTaxClass } from './resolvers/create-tax-class.ts'
import { product } from './resolvers/product.ts'
import { productByBarcode } from './resolvers/product-by-barcode.ts'
import { productBySku } from './resolvers/product-by-sku.ts'
import { Product, ScannedProduct, UnitPrice } from './resolvers/product-fields.ts'
import { products } from './resolvers/products.ts'
import { productsForSale } from './resolvers/products-for-sale.ts'
import { scaleLayouts } from './resolvers/scale-layouts.ts'
import { searchProducts } from './resolvers/search-products.ts'
import { setScaleLayouts } from './resolvers/set-scale-layouts.ts'
import { categorySuccess, productSuccess, taxClassSuccess } from './resolvers/success-fields.ts'
import { taxClass } from './resolvers/tax-class.ts'
import { taxClasses } from './resolvers/tax-classes.ts'
import { TaxClass, TaxRate, TaxSettings } from './resolvers/tax-fields.ts'
import { taxSettings } from './resolvers/tax-settings.ts'
import { unarchiveCategory } from './resolvers/unarchive-category.ts'
import { unarchiveProduct } from './resolvers/unarchive-product.ts'
import { updateCategory } from './resolvers/update-category.ts'
import { updateProduct } from './resolvers/update-product.ts'
import { updateTaxClass } from './resolvers/update-tax-class.ts'
import { updateTaxSettings } from './resolvers/update-tax-settings.ts'

export const resolvers: Resolvers = {
  Query: {
    product,
    productBySku,
    productByBarcode,
    products,
    searchProducts,
    category,
    categories,
    taxClass,
    taxClasses,
    taxSettings,
    scaleLayouts,
    catalogChanges,
    productsForSale,
  },
  Mutation: {
    createProduct,
    createProducts,
    updateProduct,
    archiveProduct,
    unarchiveProduct,
    createCategory,
    updateCategory,
    archiveCategory,
    unarchiveCategory,
    createTaxClass,
    updateTaxClass,
    archiveTaxClass,
    updateTaxSettings,
    setScaleLayouts,
  },
  Product,
  UnitPrice,
  ScannedProduct,
  Barcode,
  Category,
  TaxClass,
  TaxRate,
  TaxSettings,
  CreateProductSuccess: productSuccess,
  UpdateProductSuccess: productSuccess,
  ArchiveProductSuccess: productSuccess,
  CreateCategorySuccess: categorySuccess,
  UpdateCategorySuccess: categorySuccess,
  ArchiveCategorySuccess: categorySuccess,
  UnarchiveCategorySuccess: categorySuccess,
  CreateTaxClassSuccess: taxClassSuccess,
  UpdateTaxClassSuccess: taxClassSuccess,
  ArchiveTaxClassSuccess: taxClassSuccess,
}
