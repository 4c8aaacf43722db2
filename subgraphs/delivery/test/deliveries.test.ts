import { makeId } from '@tillgraph/kit/ids'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { forgetCustomer, keepChangedStore, keepNewStore } from '../src/events/identity.ts'
import { type AskOptions, type DeliveryUnderTest, startDelivery, type TestShop, UNKNOWN_ID } from './kit/delivery.ts'
import {
  CENTER,
  DELIVERY,
  type DeliverySeen,
  deliveryInput,
  EUR,
  mutate,
  newCourier,
  newDelivery,
  newZone,
  type Outcome,
  onItsWay,
  soon,
  type TestCourier,
} from './kit/operations.ts'
import { openTestPool } from './kit/pool.ts'

let under: DeliveryUnderTest
let shop: TestShop
let courier: TestCourier

beforeAll(async () => {
  under = await startDelivery()
}, 60_000)

afterAll(() => under?.stop())

beforeEach(async () => {
  shop = await under.shop()
  await newZone(under, shop)
  courier = await newCourier(under, shop)
})

const outboxOf = (id: string) =>
  under.look<{ name: string; payload: Record<string, unknown> }>(
    'select name, payload from delivery.outbox where aggregate_id = $1 order by id',
    [id],
  )

describe('a zone', () => {
  const quote = (more: Record<string, unknown> = {}) =>
    under.first<Outcome & { fee: { amount: string }; zone: { name: string }; minimumOrder: { amount: string } }>(
      `query ($input: QuoteDeliveryInput!) { quoteDelivery(input: $input) { __typename
        ... on DeliveryQuote { fee { amount } zone { name } } ... on Problem { code }
        ... on InvalidInput { field } ... on BelowDeliveryMinimum { minimumOrder { amount } } } }`,
      { input: { storeId: shop.storeId, place: CENTER, orderTotal: EUR('20.00'), ...more } },
      shop.owner,
    )

  test('says what it costs to bring something, and where and for what it does not', async () => {
    expect(await quote()).toMatchObject({ __typename: 'DeliveryQuote', fee: { amount: '2.50' } })
    expect(await quote({ place: { latitude: 48, longitude: 11 } })).toMatchObject({ code: 'OUTSIDE_DELIVERY_ZONES' })
    expect(await quote({ orderTotal: { amount: '1', currency: 'USD' } })).toMatchObject({
      field: 'orderTotal.currency',
    })
    expect(await quote({ storeId: makeId() })).toMatchObject({ code: 'NOT_FOUND' })
  })

  test('of which a cheaper one is drawn inside it has its own terms', async () => {
    const outline = [
      { latitude: 52.51, longitude: 13.4 },
      { latitude: 52.51, longitude: 13.41 },
      { latitude: 52.53, longitude: 13.41 },
      { latitude: 52.53, longitude: 13.4 },
    ]
    await newZone(under, shop, { name: 'Next door', area: { polygon: { outline } }, fee: EUR('0') })
    expect(await quote()).toMatchObject({ fee: { amount: '0.00' }, zone: { name: 'Next door' } })
    expect(await quote({ place: { latitude: 52.54, longitude: 13.405 } })).toMatchObject({ zone: { name: 'Around' } })
  })

  test('is changed where it is as it was read, and no longer used once archived', async () => {
    const { zone } = await newZone(under, shop, { name: 'Second', minimumOrder: EUR('50.00'), fee: EUR('1.00') })
    const more = { id: zone.id, name: 'Second', area: { distance: { center: CENTER, metres: 9_000 } } }
    const changed = await mutate<Outcome & { zone: { version: number } }>(
      under,
      'updateDeliveryZone',
      { ...more, version: 1, fee: EUR('1.50') },
      shop.owner,
    )
    expect(changed.zone.version).toBe(2)
    const late = await mutate(under, 'updateDeliveryZone', { ...more, version: 1, fee: EUR('9.00') }, shop.owner)
    expect(late.code).toBe('CHANGED_MEANWHILE')
    expect(await quote()).toMatchObject({ fee: { amount: '1.50' } })
    await mutate(under, 'archiveDeliveryZone', { id: zone.id }, shop.owner)
    expect(await quote()).toMatchObject({ fee: { amount: '2.50' } })
  })
})

describe('a delivery', () => {
  test('is made once, however often it is asked for, at the fee of its zone', async () => {
    const input = deliveryInput(under, shop, { pin: '1234' })
    const [first, ...others] = await Promise.all(
      Array.from({ length: 5 }, () => mutate(under, 'createDelivery', input, shop.owner)),
    )
    for (const answer of [first, ...others])
      expect(['CreateDeliverySuccess', 'StillInProgress']).toContain(answer?.__typename)
    const again = await mutate(under, 'createDelivery', input, shop.owner)
    expect(again.delivery).toMatchObject({ id: input.id, state: 'PENDING', fee: { amount: '2.50' } })
    const other = await mutate(under, 'createDelivery', { ...input, address: 'Elsewhere' }, shop.owner)
    expect(other.code).toBe('ALREADY_USED_DIFFERENTLY')
    expect((await outboxOf(input.id)).map(({ name }) => name)).toEqual(['delivery.delivery.created.v1'])
    const kept = await under.look('select answer::text || fingerprint as text from delivery.request')
    expect(JSON.stringify(kept)).not.toContain('1234')
  })

  test('is one of its order, until it is returned', async () => {
    const { id, orderId } = await newDelivery(under, shop)
    const second = await mutate(under, 'createDelivery', deliveryInput(under, shop, { orderId }), shop.owner)
    expect(second.code).toBe('ORDER_HAS_DELIVERY')
    await mutate(under, 'failDelivery', { id, reason: 'ORDER_CANCELLED' }, shop.owner)
    await mutate(under, 'returnDelivery', { id }, shop.owner)
    const third = await newDelivery(under, shop, { orderId })
    const entities = await under.first<{ delivery: { id: string } }[]>(
      '{ _entities(representations: [{ __typename: "Order", id: "' +
        orderId +
        '" }]) { ... on Order { delivery { id } } } }',
      {},
      shop.owner,
    )
    expect(entities).toEqual([{ delivery: { id: third.id } }])
  })

  test('is refused with what cannot be taken', async () => {
    const refused = async (more: Record<string, unknown>) =>
      mutate(under, 'createDelivery', deliveryInput(under, shop, more), shop.owner)
    expect(await refused({ address: ' ' })).toMatchObject({ field: 'address' })
    expect(await refused({ note: 'card 4111 1111 1111 1111' })).toMatchObject({ field: 'note' })
    expect(await refused({ pin: '12' })).toMatchObject({ field: 'pin' })
    expect(await refused({ place: { latitude: 91, longitude: 0 } })).toMatchObject({ field: 'place.latitude' })
    expect(await refused({ customerId: UNKNOWN_ID })).toMatchObject({ code: 'NOT_FOUND' })
    expect(await refused({ windowUntil: soon(under).windowFrom })).toMatchObject({ field: 'windowUntil' })
    const past = { windowFrom: '2020-01-01T10:00:00.000Z', windowUntil: '2020-01-01T11:00:00.000Z' }
    expect(await refused(past)).toMatchObject({ code: 'WINDOW_NOT_OFFERED', reason: 'TOO_SOON' })
  })

  test('goes its whole way, telling of every step', async () => {
    const { id } = await onItsWay(under, shop, courier)
    const done = await mutate(under, 'completeDelivery', { id, receivedBy: 'Neighbour' }, courier.as)
    expect(done.delivery).toMatchObject({ state: 'DELIVERED', proof: { pin: false, receivedBy: 'Neighbour' } })
    const states = (await outboxOf(id)).map(({ payload }) => payload.state)
    expect(states).toEqual(['PENDING', 'ASSIGNED', 'PICKED_UP', 'IN_TRANSIT', 'DELIVERED'])
    const again = await mutate(under, 'completeDelivery', { id, receivedBy: 'Neighbour' }, courier.as)
    expect(again.delivery.version).toBe(done.delivery.version)
    expect(await mutate(under, 'failDelivery', { id, reason: 'REFUSED' }, courier.as)).toMatchObject({
      code: 'ILLEGAL_TRANSITION',
      state: 'DELIVERED',
    })
  })

  test('that has failed is tried again by who has the goods, or returned', async () => {
    const { id } = await onItsWay(under, shop, courier)
    expect(await mutate(under, 'failDelivery', { id, reason: 'OTHER' }, courier.as)).toMatchObject({ field: 'note' })
    const failed = await mutate(under, 'failDelivery', { id, reason: 'NOBODY_THERE' }, courier.as)
    expect(failed.delivery).toMatchObject({ state: 'FAILED', failedAttempts: 1, failureReason: 'NOBODY_THERE' })
    const retried = await mutate(under, 'retryDelivery', { id }, courier.as)
    expect(retried.delivery).toMatchObject({ state: 'PICKED_UP', courier: { id: courier.id } })
    expect((await mutate(under, 'returnDelivery', { id }, courier.as)).delivery.state).toBe('RETURNED')
  })

  test('is listed for the dashboard in pages, narrowed as asked', async () => {
    const made: string[] = []
    for (let n = 0; n < 7; n++) {
      made.unshift((await newDelivery(under, shop)).id)
      under.clock.advance(1_000)
    }
    await mutate(under, 'assignDelivery', { id: made[0], courierId: courier.id }, shop.owner)
    type Page = { nodes: { id: string }[]; pageInfo: { endCursor: string; hasNextPage: boolean } }
    const list = (filter: object, after?: string) =>
      under.first<Page>(
        `query ($storeId: ID!, $filter: DeliveryFilter, $after: String) {
          deliveries(storeId: $storeId, filter: $filter, first: 3, after: $after) {
            nodes { id } pageInfo { endCursor hasNextPage } } }`,
        { storeId: shop.storeId, filter, after },
        shop.owner,
      )
    const seen: string[] = []
    for (let after: string | undefined, more = true; more; ) {
      const page = await list({}, after)
      seen.push(...page.nodes.map(({ id }) => id))
      after = page.pageInfo.endCursor
      more = page.pageInfo.hasNextPage
    }
    expect(seen).toEqual(made)
    expect((await list({ states: ['ASSIGNED'] })).nodes).toEqual([{ id: made[0] }])
    expect((await list({ courierId: courier.id })).nodes).toEqual([{ id: made[0] }])
    expect((await list({ windowFrom: soon(under).windowUntil })).nodes).toEqual([])
    expect((await list({ createdFrom: under.clock.now().toISOString() })).nodes).toEqual([])
  })
})

describe('proof', () => {
  test('is the PIN where there is one, and guessing ends after five, however many at once', async () => {
    const { id } = await onItsWay(under, shop, courier, { pin: '2468' })
    expect(await mutate(under, 'completeDelivery', { id, receivedBy: 'Me' }, courier.as)).toMatchObject({
      code: 'PROOF_MISSING',
    })
    const guesses = await Promise.all(
      Array.from({ length: 12 }, (_, n) => mutate(under, 'completeDelivery', { id, pin: `000${n % 10}` }, courier.as)),
    )
    expect(guesses.filter(({ code }) => code === 'WRONG_PIN')).toHaveLength(5)
    expect(guesses.filter(({ code }) => code === 'PIN_LOCKED')).toHaveLength(7)
    expect((await mutate(under, 'completeDelivery', { id, pin: '2468' }, courier.as)).code).toBe('PIN_LOCKED')
    const byStore = await mutate(under, 'completeDelivery', { id, receivedBy: 'Jonas' }, shop.owner)
    expect(byStore.delivery).toMatchObject({ state: 'DELIVERED', proof: { pin: false, receivedBy: 'Jonas' } })
  })

  test('by the right PIN is told as such, and no PIN is ever to be read', async () => {
    const { id } = await onItsWay(under, shop, courier, { pin: '2468' })
    const done = await mutate(under, 'completeDelivery', { id, pin: '2468' }, courier.as)
    expect(done.delivery.proof).toEqual({ pin: true, receivedBy: null, photoUrl: null })
    const [row] = await under.look<{ pin_hash: string }>('select pin_hash from delivery.delivery where id = $1', [id])
    expect(row?.pin_hash).not.toContain('2468')
  })

  test('by photo is an https address', async () => {
    const { id } = await onItsWay(under, shop, courier)
    for (const photoUrl of ['http://example.com/a.jpg', 'javascript:alert(1)', 'https://user:word@example.com/a'])
      expect(await mutate(under, 'completeDelivery', { id, photoUrl }, courier.as)).toMatchObject({ field: 'photoUrl' })
    const done = await mutate(under, 'completeDelivery', { id, photoUrl: 'https://example.com/a.jpg' }, courier.as)
    expect(done.delivery.proof?.photoUrl).toBe('https://example.com/a.jpg')
  })

  test('comes with the cash that was due, which goes to the ledger once', async () => {
    const owed = makeId()
    under.order(owed, { total: '22.50' })
    const { id, orderId } = await onItsWay(under, shop, courier, { orderId: owed, cashOnDelivery: true })
    const hand = (cashCollected?: object) =>
      mutate(under, 'completeDelivery', { id, receivedBy: 'Jonas', cashCollected }, courier.as)
    expect((await hand()).code).toBe('CASH_MISMATCH')
    expect((await hand(EUR('22.00'))).code).toBe('CASH_MISMATCH')
    expect((await hand({ amount: '22.50', currency: 'USD' })).code).toBe('CASH_MISMATCH')
    const hands = await Promise.all(Array.from({ length: 4 }, () => hand(EUR('22.50'))))
    for (const { delivery } of hands) expect(delivery).toMatchObject({ cashCollected: { amount: '22.50' } })
    const collected = (await outboxOf(id)).filter(({ name }) => name === 'delivery.cash.collected.v1')
    expect(collected.map(({ payload }) => payload)).toMatchObject([{ orderId, amount: '2250', courierId: courier.id }])
  })
})

describe('an order', () => {
  test('that is not there, is another store’s, or was cancelled is not brought', async () => {
    const create = (more: Record<string, unknown>) =>
      mutate(under, 'createDelivery', deliveryInput(under, shop, more), shop.owner)
    expect((await create({ orderId: UNKNOWN_ID })).code).toBe('NOT_FOUND')
    const [elsewhere, cancelled, paid] = [makeId(), makeId(), makeId()]
    under.order(elsewhere, { storeId: makeId() })
    expect((await create({ orderId: elsewhere })).code).toBe('NOT_FOUND')
    under.order(cancelled, { status: 'CANCELLED' })
    expect((await create({ orderId: cancelled })).code).toBe('ORDER_NOT_TO_BRING')
    under.order(paid, { status: 'COMPLETED', owed: '0.00' })
    const { delivery } = await create({ orderId: paid, cashOnDelivery: true })
    const due = 'select cash_due from delivery.delivery where id = $1'
    expect(await under.look(due, [delivery?.id])).toEqual([{ cash_due: null }])
  })
})

describe('a partner', () => {
  test('sees the deliveries of its own orders and no others, and nothing but deliveries', async () => {
    const [partnerId, otherId] = [makeId(), makeId()]
    const partner = await under.partner(shop.tenantId, partnerId)
    const other = await under.partner(shop.tenantId, otherId)
    const place = async (owner: string | null) => {
      const orderId = makeId()
      under.order(orderId, { partnerId: owner })
      return (await newDelivery(under, shop, { orderId })).id
    }
    const [mine, theirs, nobodys] = [await place(partnerId), await place(otherId), await place(null)]
    const see = (id: string, as: AskOptions) =>
      under.first<{ id: string } | null>('query ($id: ID!) { delivery(id: $id) { id state eta } }', { id }, as)
    expect(await see(mine, partner)).toMatchObject({ id: mine, state: 'PENDING' })
    expect(await see(theirs, partner)).toBeNull()
    expect(await see(nobodys, partner)).toBeNull()
    expect(await see(mine, other)).toBeNull()
    const stranger = await under.shop()
    expect(await see(mine, await under.partner(stranger.tenantId, partnerId))).toBeNull()
    const withoutScope = await under.partner(shop.tenantId, partnerId, 'catalog:read')
    const code = async (query: string, variables: Record<string, unknown>, as: AskOptions) =>
      (await under.ask(query, variables, as)).errors?.[0]?.extensions?.code
    expect(await code('query ($id: ID!) { delivery(id: $id) { id } }', { id: mine }, withoutScope)).toBe('FORBIDDEN')
    const list = 'query ($id: ID!) { deliveries(storeId: $id) { nodes { id } } }'
    expect(await code(list, { id: shop.storeId }, partner)).toBe('FORBIDDEN')
    const zones = 'query ($id: ID!) { deliveryZones(storeId: $id) { id } }'
    expect(await code(zones, { id: shop.storeId }, partner)).toBe('FORBIDDEN')

    const heard: string[] = []
    const query = 'subscription ($id: ID!) { deliveryChanged(id: $id) { state courier { id } } }'
    const headers = { authorization: `Bearer ${partner.token}` }
    const following = (async () => {
      for await (const { data, errors } of under.subgraph.subscribe({ query, variables: { id: mine }, headers })) {
        if (errors) throw new Error(JSON.stringify(errors))
        const told = data?.deliveryChanged as { state: string; courier: unknown }
        expect(told.courier).toBeNull()
        heard.push(told.state)
        if (told.state === 'ASSIGNED') return
        await mutate(under, 'assignDelivery', { id: mine, courierId: courier.id }, shop.owner)
      }
    })()
    await following
    expect(heard).toEqual(['PENDING', 'ASSIGNED'])
    for await (const { errors } of under.subgraph.subscribe({ query, variables: { id: theirs }, headers })) {
      expect(errors?.[0]?.extensions?.code).toBe('NOT_FOUND')
      break
    }
  })
})

describe('a courier', () => {
  test('sees and moves their own deliveries and no others', async () => {
    const other = await newCourier(under, shop, 'Lena')
    const { id } = await onItsWay(under, shop, courier)
    const see = (as: TestCourier) =>
      under.first<DeliverySeen | null>(`query ($id: ID!) { delivery(id: $id) { ${DELIVERY} } }`, { id }, as.as)
    expect(await see(courier)).toMatchObject({ id, assignedToMe: true, courier: { firstName: 'Kemal' } })
    expect(await see(other)).toBeNull()
    const unknown = await mutate(under, 'failDelivery', { id: makeId(), reason: 'REFUSED' }, other.as)
    expect(await mutate(under, 'failDelivery', { id, reason: 'REFUSED' }, other.as)).toEqual(unknown)
    const mine = '{ myDeliveries { nodes { id } } }'
    expect(await under.first(mine, {}, courier.as)).toEqual({ nodes: [{ id }] })
    expect(await under.first(mine, {}, other.as)).toEqual({ nodes: [] })
    const list = await under.ask(
      'query ($id: ID!) { deliveries(storeId: $id) { nodes { id } } }',
      { id: shop.storeId },
      courier.as,
    )
    expect(list.errors?.[0]?.extensions?.code).toBe('FORBIDDEN')
  })

  test('with something to bring cannot be made inactive, and who is inactive is given nothing', async () => {
    const { id } = await newDelivery(under, shop)
    await mutate(under, 'assignDelivery', { id, courierId: courier.id }, shop.owner)
    const off = { id: courier.id, active: false }
    expect((await mutate(under, 'updateCourier', off, shop.owner)).code).toBe('COURIER_HAS_DELIVERIES')
    await mutate(under, 'unassignDelivery', { id }, shop.owner)
    expect((await mutate(under, 'updateCourier', off, shop.owner)).__typename).toBe('UpdateCourierSuccess')
    const given = await mutate(under, 'assignDelivery', { id, courierId: courier.id }, shop.owner)
    expect(given.code).toBe('COURIER_INACTIVE')
  })

  test('is one person, who is known', async () => {
    const userId = makeId()
    const input = { storeId: shop.storeId, userId, firstName: 'A', vehicle: 'FOOT' }
    expect((await mutate(under, 'createCourier', input, shop.owner)).__typename).toBe('CreateCourierSuccess')
    expect((await mutate(under, 'createCourier', input, shop.owner)).code).toBe('ALREADY_A_COURIER')
    const nobody = await mutate(under, 'createCourier', { ...input, userId: UNKNOWN_ID }, shop.owner)
    expect(nobody.code).toBe('NOT_FOUND')
  })

  test('of many assignments at once of what was read, one wins', async () => {
    const couriers = await Promise.all(Array.from({ length: 6 }, (_, n) => newCourier(under, shop, `Courier ${n}`)))
    const { id, version } = await newDelivery(under, shop)
    const answers = await Promise.all(
      couriers.map(one => mutate(under, 'assignDelivery', { id, courierId: one.id, version }, shop.owner)),
    )
    expect(answers.filter(({ __typename }) => __typename === 'StepDeliverySuccess')).toHaveLength(1)
    expect(answers.filter(({ code }) => code === 'CHANGED_MEANWHILE')).toHaveLength(5)
  })

  test('of failing and completing at once, one is true', async () => {
    const { id } = await onItsWay(under, shop, courier)
    const answers = await Promise.all([
      mutate(under, 'completeDelivery', { id, receivedBy: 'Jonas' }, courier.as),
      mutate(under, 'failDelivery', { id, reason: 'REFUSED' }, shop.owner),
    ])
    expect(answers.map(({ code }) => code ?? 'done').sort()).toEqual(['ILLEGAL_TRANSITION', 'done'])
    const ends = (await outboxOf(id)).filter(({ payload }) => ['DELIVERED', 'FAILED'].includes(String(payload.state)))
    expect(ends).toHaveLength(1)
  })
})

test('another business finds nothing of it, and everything answers as for an id that does not exist', async () => {
  const { id } = await onItsWay(under, shop, courier)
  const stranger = await under.shop()
  for (const [name, more] of [
    ['pickUpDelivery', {}],
    ['failDelivery', { reason: 'REFUSED' }],
    ['completeDelivery', { receivedBy: 'X' }],
    ['assignDelivery', { courierId: courier.id }],
    ['unassignDelivery', {}],
  ] as const)
    expect(await mutate(under, name, { id, ...more }, stranger.owner)).toEqual(
      await mutate(under, name, { id: makeId(), ...more }, stranger.owner),
    )
  const query = 'query ($id: ID!) { delivery(id: $id) { id } }'
  expect(await under.first(query, { id }, stranger.owner)).toBeNull()
  const own = await newZone(under, stranger)
  expect(own.zone).toBeDefined()
  const { id: theirs } = await newDelivery(under, stranger)
  const foreign = await mutate(under, 'assignDelivery', { id: theirs, courierId: courier.id }, stranger.owner)
  expect(foreign.code).toBe('NOT_FOUND')
})

test('a foreign zone, courier or store answers exactly as one that does not exist', async () => {
  const stranger = await under.shop()
  const { zone } = await newZone(under, shop)
  const area = { distance: { center: CENTER, metres: 1 } }
  const pairs: readonly (readonly [string, Record<string, unknown>, string, string])[] = [
    ['updateDeliveryZone', { name: 'X', area, fee: EUR('1') }, 'id', zone.id],
    ['archiveDeliveryZone', {}, 'id', zone.id],
    ['updateCourier', { firstName: 'X' }, 'id', courier.id],
    ['createDeliveryZone', { name: 'X', area, fee: EUR('1') }, 'storeId', shop.storeId],
    ['createCourier', { userId: makeId(), firstName: 'X', vehicle: 'CAR' }, 'storeId', shop.storeId],
    ['createDelivery', deliveryInput(under, shop), 'storeId', shop.storeId],
  ]
  for (const [name, input, field, foreign] of pairs) {
    const unknown = await mutate(under, name, { ...input, [field]: makeId() }, stranger.owner)
    expect(unknown.code).toBe('NOT_FOUND')
    expect(await mutate(under, name, { ...input, [field]: foreign }, stranger.owner)).toEqual(unknown)
  }
  const read = (id: string) =>
    under.first('query ($id: ID!) { courier(id: $id) { id } deliveryZone(id: $id) { id } }', { id }, stranger.owner)
  expect([await read(courier.id), await read(zone.id)]).toEqual([null, null])
})

test('a store that identity tells of is known without asking, and its clock is the one told last', async () => {
  const [tenantId, storeId] = [shop.tenantId, makeId()]
  const pool = openTestPool(under)
  const tell = (handler: typeof keepNewStore, timeZone: string, more: object) => {
    const payload = { storeId, currency: 'CHF', timeZone, dayEndsAt: '00:00', ...more }
    const event = { id: makeId(), name: handler.name, tenantId, aggregateId: storeId, payload, at: new Date() }
    return pool.database.write(tenantId, session => handler.handle(session, event))
  }
  await tell(keepNewStore, 'Europe/Zurich', {})
  await tell(keepChangedStore, 'Asia/Tokyo', { closedAt: null })
  await pool.close()
  const input = { storeId, name: 'All', area: { distance: { center: CENTER, metres: 5_000 } } }
  const fee = { amount: '5.00', currency: 'CHF' }
  const windows = { leadMinutes: 0, daysAheadMost: 60, opensAt: '10:00', closesAt: '11:00' }
  expect(await mutate(under, 'createDeliveryZone', { ...input, fee: EUR('5.00') }, shop.owner)).toMatchObject({
    field: 'fee.currency',
  })
  await mutate(under, 'createDeliveryZone', { ...input, fee, windows }, shop.owner)
  const day = new Date(under.clock.now().getTime() + 2 * 86_400_000).toISOString().slice(0, 10)
  const at = async (from: string, until: string) => {
    const orderId = makeId()
    under.order(orderId, { storeId, total: fee.amount })
    return mutate(
      under,
      'createDelivery',
      deliveryInput(under, shop, {
        storeId,
        orderId,
        windowFrom: `${day}T${from}:00.000Z`,
        windowUntil: `${day}T${until}:00.000Z`,
      }),
      shop.owner,
    )
  }
  // ten in the morning in Tokyo, and in Zurich
  expect((await at('01:00', '02:00')).delivery?.state).toBe('PENDING')
  expect(await at('09:00', '10:00')).toMatchObject({ reason: 'OUTSIDE_HOURS' })
})

test('who is forgotten is forgotten here too, and what goes on writes nothing about them', async () => {
  const customerId = makeId()
  const { id } = await onItsWay(under, shop, courier, { customerId, note: 'Third floor' })
  await mutate(under, 'reportPosition', { ...CENTER }, courier.as)
  const pool = openTestPool(under)
  await pool.database.write(shop.tenantId, session =>
    forgetCustomer.handle(session, {
      id: makeId(),
      name: 'identity.customer.anonymised.v1',
      tenantId: shop.tenantId,
      aggregateId: customerId,
      payload: { customerId, anonymisedAt: under.clock.now().toISOString() },
      at: under.clock.now(),
    }),
  )
  await pool.close()
  under.clock.advance(60_000)
  await mutate(under, 'reportPosition', { ...CENTER }, courier.as)
  const done = await mutate(under, 'completeDelivery', { id, receivedBy: 'Jonas Weber' }, courier.as)
  expect(done.delivery).toMatchObject({ state: 'DELIVERED', address: null, contactPhone: null, trail: [] })
  const rows = await under.look('select row_to_json(delivery)::text from delivery.delivery where id = $1', [id])
  for (const personal of ['High Street', 'Jonas', '0151', 'Third floor'])
    expect(JSON.stringify(rows)).not.toContain(personal)
})
