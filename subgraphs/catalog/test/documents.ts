const REFUSED = '... on Problem { code message }'
const PROBLEM = `${REFUSED} ... on InvalidInput { field }`

export const PRODUCT = `id sku name description unit quantityDecimals soldByWeight price { amount currency }
  taxClass { id name } category { id name } barcodes { code symbology } scaleItem attributes { name value } imageUrl
  version archivedAt`

export const CREATE_PRODUCT = `mutation ($input: CreateProductInput!) { createProduct(input: $input) {
  __typename ... on CreateProductSuccess { product { ${PRODUCT} } } ${PROBLEM} ... on SkuTaken { sku }
  ... on BarcodeTaken { barcode } } }`

export const CREATE_PRODUCTS = `mutation ($input: [CreateProductInput!]!) { createProducts(input: $input) {
  __typename ... on CreateProductSuccess { product { id sku } } ${PROBLEM} } }`

export const UPDATE_PRODUCT = `mutation ($input: UpdateProductInput!) { updateProduct(input: $input) {
  __typename ... on UpdateProductSuccess { product { ${PRODUCT} } } ${PROBLEM} } }`

export const ARCHIVE_PRODUCT = `mutation ($input: ArchiveProductInput!) { archiveProduct(input: $input) {
  __typename ... on ArchiveProductSuccess { product { ${PRODUCT} } } ${REFUSED} } }`

export const UNARCHIVE_PRODUCT = ARCHIVE_PRODUCT.replace('archiveProduct(', 'unarchiveProduct(')

export const PRODUCTS = `query ($filter: ProductFilter, $first: Int, $after: String) {
  products(filter: $filter, first: $first, after: $after) {
    nodes { id name sku price { amount currency } category { name } } edges { cursor } pageInfo { hasNextPage endCursor }
  } }`

export const SEARCH = `query ($text: String!, $first: Int, $after: String) {
  searchProducts(text: $text, first: $first, after: $after) { nodes { sku name } pageInfo { hasNextPage endCursor } } }`

export const SCAN = `query ($barcode: String!) { productByBarcode(barcode: $barcode) {
  product { sku } quantity price { amount currency } } }`

export const CATEGORY = 'id name position depth parent { id } ancestors { name } version archivedAt'

export const CREATE_CATEGORY = `mutation ($input: CreateCategoryInput!) { createCategory(input: $input) {
  __typename ... on CreateCategorySuccess { category { ${CATEGORY} } } ${PROBLEM} } }`

export const UPDATE_CATEGORY = `mutation ($input: UpdateCategoryInput!) { updateCategory(input: $input) {
  __typename ... on UpdateCategorySuccess { category { ${CATEGORY} } } ${PROBLEM} } }`

export const ARCHIVE_CATEGORY = `mutation ($input: ArchiveCategoryInput!) { archiveCategory(input: $input) {
  __typename ... on ArchiveCategorySuccess { category { ${CATEGORY} } productsArchived } ${REFUSED} } }`

export const UNARCHIVE_CATEGORY = `mutation ($input: UnarchiveCategoryInput!) { unarchiveCategory(input: $input) {
  __typename ... on UnarchiveCategorySuccess { category { ${CATEGORY} } } ${REFUSED} } }`

export const CATEGORIES = `query ($filter: CategoryFilter, $first: Int, $after: String) {
  categories(filter: $filter, first: $first, after: $after) {
    nodes { id name children { nodes { name } } } pageInfo { hasNextPage endCursor } } }`

export const TAX_CLASS = `id name rates { code name percent compound } history { validFrom rates { percent } }
  isDefault version archivedAt`

export const CREATE_TAX_CLASS = `mutation ($input: CreateTaxClassInput!) { createTaxClass(input: $input) {
  __typename ... on CreateTaxClassSuccess { taxClass { ${TAX_CLASS} } } ${PROBLEM} } }`

export const UPDATE_TAX_CLASS = `mutation ($input: UpdateTaxClassInput!) { updateTaxClass(input: $input) {
  __typename ... on UpdateTaxClassSuccess { taxClass { ${TAX_CLASS} } } ${PROBLEM} } }`

export const ARCHIVE_TAX_CLASS = `mutation ($id: ID!) { archiveTaxClass(id: $id) {
  __typename ... on ArchiveTaxClassSuccess { taxClass { ${TAX_CLASS} } } ${REFUSED} } }`

export const TAX_SETTINGS = '{ taxSettings { prices taxRounding roundingMode defaultTaxClass { id name } version } }'

export const UPDATE_TAX_SETTINGS = `mutation ($input: UpdateTaxSettingsInput!) { updateTaxSettings(input: $input) {
  __typename ... on UpdateTaxSettingsSuccess { taxSettings { prices defaultTaxClass { name } version } } ${REFUSED} } }`

export const SET_SCALE_LAYOUTS = `mutation ($layouts: [ScaleLayoutInput!]!) { setScaleLayouts(layouts: $layouts) {
  __typename ... on SetScaleLayoutsSuccess { scaleLayouts { pattern value decimals } } ${PROBLEM} } }`

export const CHANGES = `query ($first: Int, $after: String) { catalogChanges(first: $first, after: $after) {
  changes { cursor entry { __typename ... on Product { id sku name archivedAt barcodes { code } } ... on Category { id }
    ... on TaxClass { id history { validFrom } } } }
  cursor caughtUp taxSettings { prices } } }`

export const PRODUCTS_FOR_SALE = `query ($ids: [ID!]!, $at: DateTime) {
  productsForSale(ids: $ids, storeId: "01900000-0000-7000-8000-000000000000", at: $at) { prices taxRounding roundingMode
    products { id sku name unit quantityDecimals soldByWeight unitPrice { amount currency } taxClassId
      taxes { code percent } categoryId categoryName archived version } } }`
