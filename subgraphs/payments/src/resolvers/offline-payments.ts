import { refusal } from '@tillgraph/kit/errors'
import { idempotencyKeyOf } from '@tillgraph/kit/idempotency-key'
import { readPage, toConnection } from '@tillgraph/kit/pages'
import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { InputFault } from '@tillgraph/rules/input-fault'
import { readId } from '@tillgraph/rules/input-fields'
import { isUuid } from '@tillgraph/rules/uuid'
import type {
  MutationResolvers,
  OfflinePaymentResolvers,
  QueryResolvers,
  RetryTenderInput,
} from '../../generated/graphql.ts'
import type { Context } from '../context.ts'
import { isSettled, type OfflinePayment as Source } from '../domain/offline-payment.ts'
import { isCarriedOutElsewhere } from '../domain/payment.ts'
import { readOfflineEnd } from '../store/offline-changes.ts'
import { listOfflinePayments, sumOfflinePayments } from '../store/offline-payments.ts'
import { secondsAfter } from '../usecases/money-work.ts'
import { retryOfflinePayment as retry } from '../usecases/retry-offline-payment.ts'
import { reading, readLine, readOptionalId } from './read.ts'

const TOKEN_CHARACTERS_MOST = 255
const OLDER_THAN_SECONDS_MOST = 366 * 86_400

export const ageInSeconds = (since: Date, now: Date) =>
  Math.max(0, Math.floor((now.getTime() - since.getTime()) / 1000))

async function visible(context: Context, id: string): Promise<Source | null> {
  const payment = isUuid(id) ? await context.loaders.offlinePayment.load(id) : undefined
  return payment && requireCaller(context).may('payments.offline.read', payment.storeId) ? payment : null
}

export const offlinePayment: NonNullable<QueryResolvers['offlinePayment']> = (_, { id }, context) =>
  visible(context, id)

export const offlinePayments: NonNullable<QueryResolvers['offlinePayments']> = async (_, args, context) => {
  const page = readPage<[string, string]>('offline-payments', 2, args)
  const { registerId = null, states = null, olderThanSeconds = null } = args.filter ?? {}
  if (olderThanSeconds !== null && (olderThanSeconds < 0 || olderThanSeconds > OLDER_THAN_SECONDS_MOST))
    throw refusal('BAD_USER_INPUT', `olderThanSeconds must be from 0 to ${OLDER_THAN_SECONDS_MOST}.`)
  const takenBefore = olderThanSeconds === null ? null : secondsAfter(context.clock.now(), -olderThanSeconds)
  const known = isUuid(args.storeId) && (registerId === null || isUuid(registerId))
  const rows = known
    ? await listOfflinePayments(
        context.database,
        requireCaller(context).tenantId,
        args.storeId,
        { states, registerId, takenBefore },
        page.after,
        page.first + 1,
      )
    : []
  return toConnection('offline-payments', page, rows, ({ takenAt, id }) => [takenAt.toISOString(), id])
}

export const offlinePaymentSummary: NonNullable<QueryResolvers['offlinePaymentSummary']> = async (
  _,
  { storeId },
  context,
) => {
  const { tenantId } = requireCaller(context)
  const store = isUuid(storeId) ? await context.stores.find(tenantId, storeId, context.requestId) : undefined
  if (!store) throw refusal('NOT_FOUND', 'There is no such store, or it is not yours to see.')
  const now = context.clock.now()
  // first, so that whoever begins after it misses nothing
  const version = await readOfflineEnd(context.database, tenantId, storeId)
  const sums = await sumOfflinePayments(context.database, tenantId, storeId)
  const money = (minor: bigint) => ({ minor, currency: store.currency })
  const ages = sums.map(({ oldest }) => ageInSeconds(oldest, now))
  return {
    states: sums.map(({ state, laidAside, payments, minor, oldest }) => ({
      ...{ state, laidAside, payments },
      amount: money(minor),
      oldestAgeSeconds: ageInSeconds(oldest, now),
    })),
    owed: money(sums.reduce((sum, { minor }) => sum + minor, 0n)),
    oldestAgeSeconds: ages.length === 0 ? null : Math.max(...ages),
    version: Number(version),
  }
}

export const retryOfflinePayment: NonNullable<MutationResolvers['retryOfflinePayment']> = (
  _,
  { input },
  context,
  info,
) =>
  reading(
    () => ({
      id: readId('id', input.id),
      offlinePaymentId: readId('offlinePaymentId', input.offlinePaymentId),
      tender: input.tender
        ? {
            kind: input.tender.kind,
            token: readToken(input.tender),
            processor: input.tender.processor ?? null,
            customerId: readOptionalId('tender.customerId', input.tender.customerId),
            registerId: readOptionalId('tender.registerId', input.tender.registerId),
          }
        : null,
    }),
    asked => retry(context, asked, idempotencyKeyOf(context, info, input.id)),
  )

function readToken(tender: RetryTenderInput): string | null {
  const needed = isCarriedOutElsewhere(tender.kind) || tender.kind === 'GIFT_CARD'
  if (!needed) return null
  if (!tender.token) throw new InputFault('tender.token', "This needs the processor's token, or the gift card's code.")
  return readLine('tender.token', tender.token, TOKEN_CHARACTERS_MOST)
}

export const OfflinePayment: OfflinePaymentResolvers = {
  __resolveReference: ({ id }, context) => visible(context, id),
  order: ({ orderId }) => ({ id: orderId }),
  register: ({ registerId }) => ({ id: registerId }),
  cashier: ({ cashierId }) => (cashierId === null ? null : { id: cashierId }),
  amount: ({ amount, currency }) => ({ minor: amount, currency }),
  tip: ({ tip, currency }) => ({ minor: tip, currency }),
  card: ({ brand, lastFour }) => (brand !== null && lastFour !== null ? { brand, lastFour } : null),
  ageSeconds: ({ state, takenAt }, _, context) =>
    state === 'CAPTURED' || state === 'DUPLICATE' ? null : ageInSeconds(takenAt, context.clock.now()),
  laidAside: ({ laidAsideAt }) => laidAsideAt !== null,
  needsAttention: payment =>
    payment.laidAsideAt !== null ||
    (isSettled(payment) &&
      (payment.state === 'DECLINED' || payment.state === 'EXPIRED') &&
      payment.replacedBy === null),
  replacedBy: ({ replacedBy }, _, context) => (replacedBy === null ? null : visible(context, replacedBy)),
  version: ({ version }) => Number(version),
}
