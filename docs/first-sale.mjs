// A first sale against a running `npm start`, with nothing but fetch:
//   node docs/first-sale.mjs PASSWORD          (the password that npm start printed)
import { randomUUID } from 'node:crypto'

const url = process.env.GRAPH_URL ?? 'http://127.0.0.1:4000/graphql'
const password = process.argv[2]
let token

async function ask(query, variables) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ query, variables }),
  })
  const { data, errors } = await response.json()
  if (errors) throw new Error(errors[0].message)
  return data
}

const { signIn } = await ask(
  `mutation ($input: SignInInput!) { signIn(input: $input) {
     ... on SignInSuccess { tokens { accessToken } me { displayName roles { role } } }
     ... on Problem { message } } }`,
  { input: { tenant: 'demo', login: 'olivia', password, device: { id: 'first-sale-laptop', name: 'Laptop' } } },
)
if (!signIn.tokens) throw new Error(signIn.message)
token = signIn.tokens.accessToken
console.log(`1. Signed in: ${signIn.me.displayName}, ${signIn.me.roles[0].role}`)

const { stores, searchProducts } = await ask(
  `{ stores { nodes { id name } }
     searchProducts(text: "capuccino", first: 1) { nodes { id name price { amount currency } } } }`,
)
const store = stores.nodes.find(({ name }) => name === 'Old Town')
const [product] = searchProducts.nodes
console.log(`2. Found by a mistyped name: ${product.name} at ${product.price.amount} ${product.price.currency}`)

const { setOpeningStock } = await ask(
  `mutation ($input: SetOpeningStockInput!) { setOpeningStock(input: $input) { __typename ... on Problem { message } } }`,
  { input: { storeId: store.id, productId: product.id, quantity: '20' } },
)
console.log(`3. Opening stock: ${setOpeningStock.message ?? '20'}`)

const input = {
  id: randomUUID(),
  storeId: store.id,
  lines: [{ productId: product.id, quantity: '2' }],
  tenders: [{ id: randomUUID(), kind: 'CASH', amount: { amount: '10.00', currency: 'EUR' } }],
}
const sell = () =>
  ask(
    `mutation ($input: CompleteSaleInput!) { completeSale(input: $input) { __typename
       ... on CompleteSaleSuccess { order { number status totals { total { amount } tax { amount } } } change { amount } }
       ... on Problem { code message } } }`,
    { input },
  )
const { completeSale } = await sell()
console.log('4. Sold:', JSON.stringify(completeSale))
console.log(
  '5. Sent again by mistake, the same answer:',
  JSON.stringify((await sell()).completeSale) === JSON.stringify(completeSale),
)

const { stock } = await ask(
  `query ($store: ID!, $product: ID!) { stock(storeId: $store, productId: $product) {
     level available product { name category { name } } } }`,
  { store: store.id, product: product.id },
)
console.log('6. What is left:', JSON.stringify(stock))
