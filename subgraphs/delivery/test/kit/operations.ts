import { makeId } from '@tillgraph/kit/ids'
import type { AskOptions, DeliveryUnderTest, TestShop } from './delivery.ts'

export interface Outcome {
  readonly __typename: string
  readonly code?: string
  readonly message?: string
  readonly field?: string
}

export interface DeliverySeen {
  readonly id: string
  readonly orderId: string
  readonly state: string
  readonly version: number
  readonly address: string | null
  readonly contactPhone: string | null
  readonly fee: { readonly amount: string }
  readonly cashCollected: { readonly amount: string } | null
  readonly courier: { readonly id: string; readonly firstName: string } | null
  readonly assignedToMe: boolean
  readonly eta: string | null
  readonly position: { readonly latitude: number; readonly longitude: number; readonly at: string } | null
  readonly trail: readonly { readonly latitude: number }[]
  readonly failedAttempts: number
  readonly failureReason: string | null
  readonly proof: { readonly pin: boolean; readonly receivedBy: string | null; readonly photoUrl: string | null } | null
}

export const DELIVERY = `id orderId state version address contactPhone fee { amount } cashCollected { amount }
  courier { id firstName } assignedToMe eta position { latitude longitude at } trail { latitude } failedAttempts
  failureReason proof { pin receivedBy photoUrl }`

const PROBLEM = `__typename ... on Problem { code message } ... on InvalidInput { field }
  ... on IllegalTransition { state } ... on WrongPin { attemptsLeft } ... on WindowNotOffered { reason }`

const inputTypes: Readonly<Record<string, string>> = {
  unassignDelivery: 'StepDeliveryInput',
  pickUpDelivery: 'StepDeliveryInput',
  departDelivery: 'StepDeliveryInput',
  retryDelivery: 'StepDeliveryInput',
  returnDelivery: 'StepDeliveryInput',
}

const successes: Readonly<Record<string, string>> = {
  createDelivery: `... on CreateDeliverySuccess { delivery { ${DELIVERY} } }`,
  completeDelivery: `... on CompleteDeliverySuccess { delivery { ${DELIVERY} } }`,
  createDeliveryZone: '... on CreateDeliveryZoneSuccess { zone { id version } }',
  updateDeliveryZone: '... on UpdateDeliveryZoneSuccess { zone { id version fee { amount } } }',
  archiveDeliveryZone: '... on ArchiveDeliveryZoneSuccess { zone { id archived } }',
  createCourier: '... on CreateCourierSuccess { courier { id } }',
  updateCourier: '... on UpdateCourierSuccess { courier { id active version } }',
  reportPosition: `... on ReportPositionSuccess { deliveries { ${DELIVERY} } }`,
}

/** A mutation with one input, and its answer as it is. */
export function mutate<T = Outcome & { readonly delivery: DeliverySeen }>(
  under: DeliveryUnderTest,
  name: string,
  input: Record<string, unknown>,
  as: AskOptions,
): Promise<T> {
  const type = inputTypes[name] ?? `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`
  const success = successes[name] ?? `... on StepDeliverySuccess { delivery { ${DELIVERY} } }`
  const known = fragmentsOf(name)
  return under.first<T>(`mutation ($input: ${type}!) { ${name}(input: $input) { ${known} ${success} } }`, { input }, as)
}

/** Only what the union of that mutation can be. */
function fragmentsOf(name: string): string {
  const steps = name.endsWith('Delivery') && name !== 'createDelivery'
  return PROBLEM.replace('... on IllegalTransition { state }', steps ? '... on IllegalTransition { state }' : '')
    .replace('... on WrongPin { attemptsLeft }', name === 'completeDelivery' ? '... on WrongPin { attemptsLeft }' : '')
    .replace(
      '... on WindowNotOffered { reason }',
      name === 'createDelivery' ? '... on WindowNotOffered { reason }' : '',
    )
    .replace('... on InvalidInput { field }', name === 'archiveDeliveryZone' ? '' : '... on InvalidInput { field }')
}

export const CENTER = { latitude: 52.52, longitude: 13.405 }
export const EUR = (amount: string) => ({ amount, currency: 'EUR' })

export const newZone = (under: DeliveryUnderTest, shop: TestShop, more: Record<string, unknown> = {}) =>
  mutate<Outcome & { readonly zone: { readonly id: string; readonly version: number } }>(
    under,
    'createDeliveryZone',
    {
      storeId: shop.storeId,
      name: 'Around',
      area: { distance: { center: CENTER, metres: 5_000 } },
      fee: EUR('2.50'),
      windows: { leadMinutes: 0, daysAheadMost: 60, minutesMost: 1_440 },
      ...more,
    },
    shop.owner,
  )

/** A window of which the clock of the store does not matter: the first hour of the afternoon, some day soon. */
export function soon(under: DeliveryUnderTest) {
  const day = new Date(under.clock.now().getTime() + 86_400_000).toISOString().slice(0, 10)
  return { windowFrom: `${day}T12:00:00.000Z`, windowUntil: `${day}T13:00:00.000Z` }
}

export const deliveryInput = (under: DeliveryUnderTest, shop: TestShop, more: Record<string, unknown> = {}) => ({
  id: makeId(),
  orderId: makeId(),
  storeId: shop.storeId,
  address: '1 High Street',
  place: { latitude: 52.53, longitude: 13.405 },
  contactName: 'Jonas Weber',
  contactPhone: '+49 151 000000',
  ...soon(under),
  ...more,
})

export async function newDelivery(under: DeliveryUnderTest, shop: TestShop, more: Record<string, unknown> = {}) {
  const answer = await mutate(under, 'createDelivery', deliveryInput(under, shop, more), shop.owner)
  if (!answer.delivery) throw new Error(JSON.stringify(answer))
  return answer.delivery
}

export interface TestCourier {
  readonly id: string
  readonly as: AskOptions
}

export async function newCourier(under: DeliveryUnderTest, shop: TestShop, firstName = 'Kemal'): Promise<TestCourier> {
  const userId = makeId()
  const input = { storeId: shop.storeId, userId, firstName, vehicle: 'BICYCLE' }
  const { courier } = await mutate<{ courier: { id: string } }>(under, 'createCourier', input, shop.owner)
  return { id: courier.id, as: await under.person(shop.tenantId, [['COURIER', shop.storeId]], userId) }
}

/** A delivery that its courier is on the way with. */
export async function onItsWay(
  under: DeliveryUnderTest,
  shop: TestShop,
  courier: TestCourier,
  more: Record<string, unknown> = {},
) {
  const { id } = await newDelivery(under, shop, more)
  await mutate(under, 'assignDelivery', { id, courierId: courier.id }, shop.owner)
  await mutate(under, 'pickUpDelivery', { id }, courier.as)
  const { delivery } = await mutate(under, 'departDelivery', { id }, courier.as)
  if (delivery.state !== 'IN_TRANSIT') throw new Error(`${delivery.state} is not on its way`)
  return delivery
}
