import { idempotencyKeyOf } from '@tillgraph/kit/idempotency-key'
import type { CurrencyCode } from '@tillgraph/rules/currency'
import { InputFault } from '@tillgraph/rules/input-fault'
import type { MutationResolvers } from '../../generated/graphql.ts'
import type { Context } from '../context.ts'
import { isInvalid, notFound, readInput } from '../domain/problems.ts'
import { readId, readNote, readQuantity, readUnitCost } from '../domain/read.ts'
import { adjustStock as adjust } from '../usecases/adjust-stock.ts'
import { setLowStockThreshold as setThreshold } from '../usecases/set-low-stock-threshold.ts'
import { setOpeningStock as setOpening } from '../usecases/set-opening-stock.ts'
import { setStockTracking as setTracking } from '../usecases/set-stock-tracking.ts'

const NOTE_CHARACTERS_MOST = 500

/** The currency of a store that a caller names; undefined when there is no such store. */
export function currencyOfStore(context: Context, storeId: string): Promise<CurrencyCode | undefined> {
  return context.loaders.currency.load(storeId)
}

export const optionalId = (given: string | null | undefined) => (given == null ? undefined : readId('id', given))

export const setOpeningStock: NonNullable<MutationResolvers['setOpeningStock']> = async (
  _,
  { input },
  context,
  info,
) => {
  const ids = readInput(() => ({
    id: optionalId(input.id),
    storeId: readId('storeId', input.storeId),
    productId: readId('productId', input.productId),
    quantity: readQuantity('quantity', input.quantity, 'not-negative'),
  }))
  if (isInvalid(ids)) return ids
  const currency = await currencyOfStore(context, ids.storeId)
  if (!currency) return notFound('store')
  const cost = readInput(() => ({
    unitCost: input.unitCost == null ? undefined : readUnitCost('unitCost', input.unitCost, currency),
  }))
  if (isInvalid(cost)) return cost
  return setOpening(context, { ...ids, ...cost, currency }, idempotencyKeyOf(context, info, ids.id))
}

export const adjustStock: NonNullable<MutationResolvers['adjustStock']> = async (_, { input }, context, info) => {
  const adjustment = readInput(() => {
    const quantity = readQuantity('quantity', input.quantity, 'any')
    if (quantity === 0n) throw new InputFault('quantity', 'This number must not be zero.')
    const note = readNote('note', input.note, NOTE_CHARACTERS_MOST)
    if (input.reason === 'OTHER' && note === '') throw new InputFault('note', 'Say what it was.')
    return {
      id: optionalId(input.id),
      storeId: readId('storeId', input.storeId),
      productId: readId('productId', input.productId),
      quantity,
      reason: input.reason,
      note: note === '' ? null : note,
    }
  })
  if (isInvalid(adjustment)) return adjustment
  if (!(await currencyOfStore(context, adjustment.storeId))) return notFound('store')
  return adjust(context, adjustment, idempotencyKeyOf(context, info, adjustment.id))
}

export const setLowStockThreshold: NonNullable<MutationResolvers['setLowStockThreshold']> = async (
  _,
  { input },
  context,
) => {
  const setting = readInput(() => ({
    storeId: readId('storeId', input.storeId),
    productId: readId('productId', input.productId),
    threshold: input.threshold == null ? null : readQuantity('threshold', input.threshold, 'not-negative'),
  }))
  if (isInvalid(setting)) return setting
  if (!(await currencyOfStore(context, setting.storeId))) return notFound('store')
  return setThreshold(context, setting)
}

export const setStockTracking: NonNullable<MutationResolvers['setStockTracking']> = async (_, { input }, context) => {
  const product = readInput(() => ({ id: readId('productId', input.productId) }))
  return isInvalid(product) ? product : setTracking(context, product.id, input.tracked)
}
