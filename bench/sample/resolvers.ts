// A shop made of numbers: every user, product and review follows from its number alone, so that the four sample
// subgraphs agree without sharing anything.
export const USERS = 1_000
export const PRODUCTS = 1_000
const REVIEWS_EACH = 5

interface User {
  readonly id: string
}

interface Product {
  readonly upc: string
  readonly price?: number
  readonly weight?: number
}

interface Page {
  readonly first: number
  readonly after: number
}

const BRANDS = ['Möbel & Söhne', 'Northwind "Classic"', 'Contoso', 'Fabrikam', 'Æther Works']
const COLORS = ['RED', 'GREEN', 'BLUE', 'BLACK']
const LEVELS = ['GUEST', 'REGULAR', 'GOLD']
const OPINIONS = [
  'Does what it should, and has done so for months without a fault.',
  'Smaller than it looks in the picture; "as described" is a stretch.',
  'Bought two more for the office – everybody asked where they came from.',
  'The box was open when it came.\nInside all was well.',
]

function user(number: number) {
  return {
    id: `u${number}`,
    username: `buyer_${number}`,
    name: `Buyer Number ${number}`,
    email: number % 7 === 0 ? null : `buyer_${number}@example.com`,
    memberSince: 2000 + (number % 25),
    level: LEVELS[number % LEVELS.length],
  }
}

function product(number: number) {
  return {
    upc: `p${number}`,
    name: `Product ${number}`,
    description: number % 5 === 0 ? null : `What product ${number} is good for, said in one sentence of its own.`,
    brand: BRANDS[number % BRANDS.length],
    price: 100 + ((number * 37) % 9_900),
    weight: 50 + ((number * 13) % 2_000),
    rating: number % 9 === 0 ? null : 1 + (number % 9) / 2,
    discontinued: number % 11 === 0,
    color: COLORS[number % COLORS.length],
    tags: [`shelf-${number % 40}`, `season-${number % 4}`],
  }
}

function review(author: number, item: number) {
  const number = author * PRODUCTS + item
  return {
    id: `r${number}`,
    body: OPINIONS[number % OPINIONS.length],
    stars: 1 + (number % 5),
    author: { id: `u${author}`, username: `buyer_${author}` },
    product: { upc: `p${item}` },
  }
}

function reviewOf(id: string) {
  const number = Number(id.slice(1))
  return review(Math.floor(number / PRODUCTS), number % PRODUCTS)
}

const numberOf = (id: string) => Number(id.slice(1))
const upTo = (length: number) => Array.from({ length }, (_, index) => index)
const known = (id: string, prefix: string, most: number) => id.startsWith(prefix) && numberOf(id) < most

/** By the name of the subgraph. */
export const RESOLVERS = {
  users: {
    Query: {
      users: (_: unknown, { first, after }: Page) => upTo(first).map(index => user((after + index) % USERS)),
      user: (_: unknown, { id }: User) => (known(id, 'u', USERS) ? user(numberOf(id)) : null),
    },
    User: { __resolveReference: ({ id }: User) => user(numberOf(id)) },
  },
  products: {
    Query: {
      products: (_: unknown, { first, after }: Page) => upTo(first).map(index => product((after + index) % PRODUCTS)),
      product: (_: unknown, { upc }: Product) => (known(upc, 'p', PRODUCTS) ? product(numberOf(upc)) : null),
    },
    Product: { __resolveReference: ({ upc }: Product) => product(numberOf(upc)) },
  },
  inventory: {
    Product: {
      __resolveReference: (reference: Product) => reference,
      inStock: ({ upc }: Product) => numberOf(upc) % 3 !== 0,
      shelf: ({ upc }: Product) => (numberOf(upc) % 4 === 0 ? null : `A${numberOf(upc) % 40}`),
      shippingEstimate: ({ price = 0, weight = 0 }: Product) => (price > 5_000 ? 0 : Math.round(weight / 2)),
    },
  },
  reviews: {
    Review: { __resolveReference: ({ id }: { id: string }) => reviewOf(id) },
    User: {
      __resolveReference: ({ id }: User) => ({ id }),
      reviews: ({ id }: User, { first }: Page) =>
        upTo(Math.min(first, REVIEWS_EACH)).map(index =>
          review(numberOf(id), (numberOf(id) * 7 + index * 131) % PRODUCTS),
        ),
    },
    Product: {
      __resolveReference: ({ upc }: Product) => ({ upc }),
      reviews: ({ upc }: Product, { first }: Page) =>
        upTo(Math.min(first, REVIEWS_EACH)).map(index =>
          review((numberOf(upc) * 3 + index * 17) % USERS, numberOf(upc)),
        ),
    },
  },
} as const
