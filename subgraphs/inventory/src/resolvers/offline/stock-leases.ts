import { refusal } from '@tillgraph/kit/errors'
import { fingerprintOf } from '@tillgraph/kit/idempotency-fingerprint'
import { readPage, toConnection } from '@tillgraph/kit/pages'
import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { InputFault } from '@tillgraph/rules/input-fault'
import { formatQuantity } from '@tillgraph/rules/quantity'
import { isUuid } from '@tillgraph/rules/uuid'
import type {
  MutationResolvers,
  QueryResolvers,
  StockLeaseLineResolvers,
  StockLeaseResolvers,
} from '../../../generated/graphql.ts'
import { actorOf, type Context, peerCaller } from '../../context.ts'
import { readBasket } from '../../domain/basket.ts'
import { leftOf } from '../../domain/offline/stock-lease.ts'
import {
  alreadyUsedDifferently,
  isInvalid,
  leaseEnded,
  notFound,
  readInput,
  tooManyLeases,
} from '../../domain/problems.ts'
import { readId } from '../../domain/read.ts'
import { findLease, type LeasePlace, listLeases } from '../../store/offline/leases.ts'
import { createStockBooks } from '../../store/offline/stock-page.ts'
import { endLease, type Leased, leaseStock as lease, renewLease } from '../../usecases/offline/lease-stock.ts'

const LEASE_SECONDS_LEAST = 60
const LEASE_SECONDS_MOST = 7 * 86_400
const ORDER = 'stock leases'

export const leaseStock: NonNullable<MutationResolvers['leaseStock']> = async (_, { input }, context) => {
  const wanted = readInput(() => {
    const { productIds, quantities } = readBasket(input.lines)
    return {
      id: readId('id', input.id),
      storeId: readId('storeId', input.storeId),
      registerId: readId('registerId', input.registerId ?? requireCaller(context).registerId ?? ''),
      goods: productIds.map((productId, index) => ({ productId, quantity: quantities[index] ?? 0n })),
      seconds: readSeconds(input.expiresInSeconds),
    }
  })
  if (isInvalid(wanted)) return wanted
  const { seconds, ...asked } = wanted
  if ((await context.tills.storeOf(peerCaller(context), asked.registerId)) !== asked.storeId)
    return notFound('till in this store')
  const now = context.clock.now()
  const { id: _id, ...content } = { ...asked, seconds }
  const request = {
    ...asked,
    fingerprint: fingerprintOf(content),
    expiresAt: later(now, seconds),
    by: actorOf(context),
  }
  const leased = await books(context).holding(tenantOf(context), asked.storeId, page => lease(page, request, now))
  return answerOf(leased, 'LeaseStockSuccess')
}

export const renewStockLease: NonNullable<MutationResolvers['renewStockLease']> = async (_, { input }, context) => {
  const seconds = readInput(() => ({ seconds: readSeconds(input.expiresInSeconds) }))
  if (isInvalid(seconds)) return seconds
  const known = await ownLease(context, input.id)
  if (!known) return notFound('lease')
  const expiresAt = later(context.clock.now(), seconds.seconds)
  const renewed = await books(context).holding(tenantOf(context), known.storeId, page =>
    renewLease(page, known.id, known.registerId, expiresAt),
  )
  return answerOf(renewed, 'RenewStockLeaseSuccess')
}

export const returnStockLease: NonNullable<MutationResolvers['returnStockLease']> = async (_, { id }, context) => {
  const known = await ownLease(context, id)
  if (!known) return notFound('lease')
  const ended = await books(context).holding(tenantOf(context), known.storeId, page =>
    endLease(page, known.id, 'RETURNED', context.clock.now()),
  )
  return ended.kind === 'LEASED'
    ? ({ __typename: 'ReturnStockLeaseSuccess', lease: ended.lease } as const)
    : notFound('lease')
}

export const stockLeases: NonNullable<QueryResolvers['stockLeases']> = async (
  _,
  { storeId, registerId, ...given },
  context,
) => {
  const page = readPage<LeasePlace>(ORDER, 2, given)
  if (page.after && (!isUuid(page.after[1]) || Number.isNaN(Date.parse(page.after[0]))))
    throw refusal('BAD_USER_INPUT', 'after must be a cursor that this list has given out')
  const nothing = !isUuid(storeId) || (registerId != null && !isUuid(registerId))
  const rows = nothing
    ? []
    : await listLeases(context.database, tenantOf(context), storeId, registerId ?? undefined, page)
  return toConnection(ORDER, page, rows, ({ createdAt, id }): LeasePlace => [createdAt.toISOString(), id])
}

/** A lease of a store where the caller may sell. */
async function ownLease(context: Context, id: string) {
  const caller = requireCaller(context)
  const known = isUuid(id) ? await findLease(context.database, caller.tenantId, id) : undefined
  return known && caller.may('orders.order.complete', known.storeId) ? known : undefined
}

const tenantOf = (context: Context) => requireCaller(context).tenantId
const books = (context: Context) => createStockBooks(context.database, context.changed)
const later = (now: Date, seconds: number) => new Date(now.getTime() + seconds * 1000)

function readSeconds(given: number): number {
  if (given < LEASE_SECONDS_LEAST || given > LEASE_SECONDS_MOST)
    throw new InputFault('expiresInSeconds', `This must be ${LEASE_SECONDS_LEAST} to ${LEASE_SECONDS_MOST}.`)
  return given
}

function answerOf<Name extends string>(leased: Leased, success: Name) {
  switch (leased.kind) {
    case 'LEASED':
      return { __typename: success, lease: leased.lease } as const
    case 'DIFFERENT':
      return alreadyUsedDifferently()
    case 'TOO_MANY':
      return tooManyLeases()
    case 'ENDED':
      return leaseEnded()
    case 'UNKNOWN':
      return notFound('lease')
  }
}

export const StockLease: StockLeaseResolvers = {
  register: ({ registerId }) => ({ id: registerId }),
  lines: ({ lines }) => [...lines],
  createdBy: ({ createdBy }) => (createdBy === null ? null : { id: createdBy }),
  signed: (found, _, context) => context.tills.sign(peerCaller(context), found),
}

export const StockLeaseLine: StockLeaseLineResolvers = {
  product: ({ productId }) => ({ id: productId }),
  quantity: ({ quantity }) => formatQuantity(quantity),
  sold: ({ sold }) => formatQuantity(sold),
  left: line => formatQuantity(leftOf(line)),
}
