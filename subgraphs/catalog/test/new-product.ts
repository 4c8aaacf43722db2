import { randomUUID } from 'node:crypto'
import { CREATE_PRODUCT } from './documents.ts'
import type { Answered, Asking } from './support.ts'

export const PRICE = { amount: '2.40', currency: 'EUR' }

/** The id of nothing. */
export const NO_ID = '01900000-0000-7000-8000-00000000dead'

/** What a new product is answered with, however it is answered. */
export const createProduct = (asking: Asking, given: Record<string, unknown> = {}): Promise<Answered> =>
  asking.ask(CREATE_PRODUCT, { input: { sku: randomUUID(), name: 'Thing', price: PRICE, ...given } })

export const newProduct = async (asking: Asking, given: Record<string, unknown> = {}): Promise<Answered> =>
  (await createProduct(asking, given)).product
