import { randomUUID } from 'node:crypto'
import { demand, type TestBusiness } from '../support/ask.ts'

const PROBLEM = '__typename ... on Problem { code message } ... on InvalidInput { field }'

/** Something of every kind that an owner can make, so that a stranger has something to reach for. */
export async function fillBusiness(url: string, { token, storeId }: TestBusiness): Promise<void> {
  const run = (mutation: string, type: string, input: Record<string, unknown>) =>
    demand<Record<string, never>>(
      url,
      `mutation ($input: ${type}!) { ${mutation}(input: $input) { ${PROBLEM} } }`,
      { input },
      token,
    )
  await run('createUser', 'CreateUserInput', {
    userName: 'cashier',
    displayName: 'Cashier',
    password: 'a password for tests',
    roles: [{ role: 'CASHIER', storeId }],
  })
  await run('createRegister', 'CreateRegisterInput', { storeId, name: 'Counter' })
  await run('createCustomer', 'CreateCustomerInput', { name: 'Jonas Weber', email: 'jonas@example.com' })
  await run('createPartner', 'CreatePartnerInput', { name: 'Partner', scopes: ['catalog:read'] })
  await run('createTaxClass', 'CreateTaxClassInput', {
    name: 'Books',
    rates: [{ code: 'BOOKS', name: 'Books', percent: '5' }],
  })
  const { category } = await demand<{ category: { id: string } }>(
    url,
    'mutation ($input: CreateCategoryInput!) { createCategory(input: $input) { ... on CreateCategorySuccess { category { id } } } }',
    { input: { name: 'Drinks' } },
    token,
  )
  const productId = randomUUID()
  const price = { amount: '2.40', currency: 'EUR' }
  await run('createProduct', 'CreateProductInput', {
    id: productId,
    sku: 'ESP',
    name: 'Espresso',
    price,
    categoryId: category.id,
    barcodes: [{ code: '4000000000013' }],
  })
  await run('setOpeningStock', 'SetOpeningStockInput', { storeId, productId, quantity: '10' })
  await run('openStockCount', 'OpenStockCountInput', { storeId })
  const supplierId = randomUUID()
  await run('createSupplier', 'CreateSupplierInput', { id: supplierId, name: 'Roaster' })
  await run('createPurchaseOrder', 'CreatePurchaseOrderInput', {
    storeId,
    supplierId,
    lines: [{ productId, quantity: '5', unitCost: { amount: '1.10', currency: 'EUR' } }],
  })
  await run('completeSale', 'CompleteSaleInput', {
    id: randomUUID(),
    storeId,
    lines: [{ productId, quantity: '1' }],
    tenders: [{ id: randomUUID(), kind: 'CASH', amount: { amount: '5.00', currency: 'EUR' } }],
  })
}
