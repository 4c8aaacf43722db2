import { refusal } from '@tillgraph/kit/errors'
import { idempotencyKeyOf } from '@tillgraph/kit/idempotency-key'
import { readPage, toConnection } from '@tillgraph/kit/pages'
import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { formatQuantity } from '@tillgraph/rules/quantity'
import { isUuid } from '@tillgraph/rules/uuid'
import type {
  MutationResolvers,
  QueryResolvers,
  StockCountLineResolvers,
  StockCountResolvers,
} from '../../generated/graphql.ts'
import { isInvalid, notFound, readInput } from '../domain/problems.ts'
import { checkLines, readId, readNote, readQuantity } from '../domain/read.ts'
import { differenceOf } from '../domain/stock-count.ts'
import { listCountLines, listCounts, loadCount } from '../store/stock-counts.ts'
import { cancelStockCount as cancel, postStockCount as post } from '../usecases/close-stock-count.ts'
import { enterStockCount as enter } from '../usecases/enter-stock-count.ts'
import { openStockCount as open } from '../usecases/open-stock-count.ts'
import { currencyOfStore, optionalId } from './change-stock.ts'

const NOTE_CHARACTERS_MOST = 500
const LINES_MOST = 200

export const stockCount: NonNullable<QueryResolvers['stockCount']> = async (_, { id }, context) => {
  const caller = requireCaller(context)
  const count = isUuid(id) ? await loadCount(context.database, caller.tenantId, id) : undefined
  return count && caller.may('inventory.count.write', count.storeId) ? count : null
}

export const stockCounts: NonNullable<QueryResolvers['stockCounts']> = async (
  _,
  { storeId, filter, ...given },
  context,
) => {
  if (!isUuid(storeId)) throw refusal('BAD_USER_INPUT', 'storeId must be a UUID')
  const page = readPage<[string, string]>('counts', 2, given)
  if (page.after && (Number.isNaN(Date.parse(page.after[0])) || !isUuid(page.after[1])))
    throw refusal('BAD_USER_INPUT', 'after must be a cursor that this list has given out')
  const rows = await listCounts(context.database, requireCaller(context).tenantId, storeId, filter?.state ?? null, page)
  return toConnection('counts', page, rows, ({ openedAt, id }) => [openedAt.toISOString(), id])
}

export const openStockCount: NonNullable<MutationResolvers['openStockCount']> = async (_, { input }, context, info) => {
  const asked = readInput(() => ({
    id: optionalId(input.id),
    storeId: readId('storeId', input.storeId),
    note: readNote('note', input.note, NOTE_CHARACTERS_MOST),
  }))
  if (isInvalid(asked)) return asked
  if (!(await currencyOfStore(context, asked.storeId))) return notFound('store')
  return open(context, asked, idempotencyKeyOf(context, info, asked.id))
}

export const enterStockCount: NonNullable<MutationResolvers['enterStockCount']> = async (
  _,
  { input },
  context,
  info,
) => {
  const entry = readInput(() => {
    checkLines(input.lines, LINES_MOST)
    return {
      id: optionalId(input.id),
      countId: readId('countId', input.countId),
      lines: input.lines.map(({ productId, counted }, index) => ({
        productId,
        counted: readQuantity(`lines.${index}.counted`, counted, 'not-negative'),
      })),
    }
  })
  if (isInvalid(entry)) return entry
  return enter(context, entry, idempotencyKeyOf(context, info, entry.id))
}

const readCountId = (input: { readonly countId: string }) => readInput(() => ({ id: readId('countId', input.countId) }))

export const postStockCount: NonNullable<MutationResolvers['postStockCount']> = async (_, { input }, context) => {
  const count = readCountId(input)
  return isInvalid(count) ? count : post(context, count.id)
}

export const cancelStockCount: NonNullable<MutationResolvers['cancelStockCount']> = async (_, { input }, context) => {
  const count = readCountId(input)
  return isInvalid(count) ? count : cancel(context, count.id)
}

export const StockCount: StockCountResolvers = {
  store: ({ storeId }) => ({ id: storeId }),
  openedBy: ({ openedBy }) => (openedBy === null ? null : { id: openedBy }),
  closedBy: ({ closedBy }) => (closedBy === null ? null : { id: closedBy }),
  countedProducts: async ({ id }, _, context) => (await context.loaders.countedProducts.load(id))?.products ?? 0,
  async lines({ id }, { differencesOnly, ...given }, context) {
    const page = readPage<[string]>('count lines', 1, given)
    if (page.after && !isUuid(page.after[0]))
      throw refusal('BAD_USER_INPUT', 'after must be a cursor that this list has given out')
    const after = page.after?.[0] ?? null
    const rows = await context.database.read(requireCaller(context).tenantId, session =>
      listCountLines(session, id, differencesOnly ?? false, after, page.first + 1),
    )
    return toConnection('count lines', page, rows, ({ productId }) => [productId])
  },
}

export const StockCountLine: StockCountLineResolvers = {
  product: ({ productId }) => ({ id: productId }),
  counted: ({ counted }) => formatQuantity(counted),
  level: ({ level }) => formatQuantity(level),
  difference: line => formatQuantity(differenceOf(line)),
  countedBy: ({ countedBy }) => (countedBy === null ? null : { id: countedBy }),
}
