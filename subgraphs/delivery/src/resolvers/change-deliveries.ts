import { idempotencyKeyOf } from '@tillgraph/kit/idempotency-key'
import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { InputFault } from '@tillgraph/rules/input-fault'
import { parseMoney } from '@tillgraph/rules/money'
import { isUuid } from '@tillgraph/rules/uuid'
import type { MutationResolvers } from '../../generated/graphql.ts'
import { readPoint } from '../domain/geometry.ts'
import { isInvalid, notFound, readInput } from '../domain/problems.ts'
import { readAddress, readNote, readOptionalName, readPhone, readPhotoUrl, readPin } from '../domain/read.ts'
import { readWindow } from '../domain/window.ts'
import { completeDelivery as complete } from '../usecases/complete-delivery.ts'
import { createDelivery as create } from '../usecases/create-delivery.ts'
import { reportPosition as report } from '../usecases/report-position.ts'
import { assignDelivery as assign, stepDelivery, unassignDelivery as unassign } from '../usecases/step-delivery.ts'
import { createTrackingLink as createLink, endTrackingLink } from '../usecases/tracking-links.ts'
import { optionalId, readId } from './read-id.ts'

export const createDelivery: NonNullable<MutationResolvers['createDelivery']> = async (_, { input }, context, info) => {
  const { tenantId } = requireCaller(context)
  const { requestId } = context
  const storeId = readInput(() => ({ id: readId('storeId', input.storeId) }))
  if (isInvalid(storeId)) return storeId
  const store = await context.stores.find(tenantId, storeId.id, requestId)
  if (!store) return notFound('store')
  const asked = readInput(() => {
    const window = readWindow(input.windowFrom, input.windowUntil)
    return {
      id: optionalId('id', input.id),
      storeId: store.id,
      orderId: readId('orderId', input.orderId),
      customerId: optionalId('customerId', input.customerId) ?? null,
      address: readAddress('address', input.address),
      place: readPoint('place', input.place),
      contactName: readOptionalName('contactName', input.contactName),
      contactPhone: readPhone('contactPhone', input.contactPhone),
      note: readNote('note', input.note),
      windowFrom: window.from,
      windowUntil: window.until,
      cashOnDelivery: input.cashOnDelivery ?? false,
    }
  })
  const pin = readInput(() => ({ pin: readPin('pin', input.pin) }))
  if (isInvalid(asked)) return asked
  if (isInvalid(pin)) return pin
  if (asked.customerId && !(await context.directory.hasCustomer({ tenantId, requestId }, asked.customerId)))
    return notFound('customer')
  const answer = await create(context, store, asked, pin.pin, idempotencyKeyOf(context, info, asked.id))
  if (answer.__typename !== 'CreateDeliverySuccess') return answer
  const delivery = await context.loaders.delivery.load(answer.deliveryId)
  return delivery ? { __typename: 'CreateDeliverySuccess', delivery } : notFound('delivery')
}

export const assignDelivery: NonNullable<MutationResolvers['assignDelivery']> = async (_, { input }, context) => {
  if (!isUuid(input.id)) return notFound('delivery')
  if (!isUuid(input.courierId)) return notFound('courier')
  return assign(context, { id: input.id, courierId: input.courierId, version: input.version ?? undefined })
}

export const unassignDelivery: NonNullable<MutationResolvers['unassignDelivery']> = async (_, { input }, context) =>
  isUuid(input.id) ? unassign(context, input.id) : notFound('delivery')

const step =
  (taken: 'PICK_UP' | 'DEPART' | 'RETRY' | 'RETURN'): NonNullable<MutationResolvers['pickUpDelivery']> =>
  async (_, { input }, context) =>
    isUuid(input.id) ? stepDelivery(context, taken, input.id, undefined) : notFound('delivery')

export const pickUpDelivery = step('PICK_UP')
export const departDelivery = step('DEPART')
export const retryDelivery = step('RETRY')
export const returnDelivery = step('RETURN')

export const failDelivery: NonNullable<MutationResolvers['failDelivery']> = async (_, { input }, context) => {
  if (!isUuid(input.id)) return notFound('delivery')
  const failure = readInput(() => {
    const note = readNote('note', input.note)
    if (input.reason === 'OTHER' && note === null) throw new InputFault('note', 'Say what it was.')
    return { reason: input.reason, note }
  })
  return isInvalid(failure) ? failure : stepDelivery(context, 'FAIL', input.id, failure)
}

export const completeDelivery: NonNullable<MutationResolvers['completeDelivery']> = async (_, { input }, context) => {
  if (!isUuid(input.id)) return notFound('delivery')
  const given = readInput(() => {
    const { cashCollected } = input
    return {
      pin: readPin('pin', input.pin),
      receivedBy: readOptionalName('receivedBy', input.receivedBy),
      photoUrl: readPhotoUrl('photoUrl', input.photoUrl),
      cashCollected: cashCollected
        ? InputFault.at('cashCollected.amount', () =>
            parseMoney(cashCollected.amount, cashCollected.currency, 'positive'),
          )
        : null,
    }
  })
  return isInvalid(given) ? given : complete(context, input.id, given)
}

export const reportPosition: NonNullable<MutationResolvers['reportPosition']> = async (_, { input }, context) => {
  const point = readInput(() => readPoint('input', input))
  return isInvalid(point) ? point : report(context, point)
}

export const createTrackingLink: NonNullable<MutationResolvers['createTrackingLink']> = async (
  _,
  { deliveryId },
  context,
) => (isUuid(deliveryId) ? createLink(context, deliveryId) : notFound('delivery'))

export const revokeTrackingLink: NonNullable<MutationResolvers['revokeTrackingLink']> = async (
  _,
  { deliveryId },
  context,
) => (isUuid(deliveryId) ? endTrackingLink(context, deliveryId) : notFound('delivery'))
