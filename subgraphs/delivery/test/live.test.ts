import { makeId } from '@tillgraph/kit/ids'
import { forgetChanges } from '@tillgraph/kit/live/forget-changes'
import { createLog } from '@tillgraph/kit/log'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { connectRelayDatabase } from '../src/store/relay-database.ts'
import { type AskOptions, type DeliveryUnderTest, startDelivery, type TestShop } from './kit/delivery.ts'
import {
  CENTER,
  DELIVERY,
  type DeliverySeen,
  mutate,
  newCourier,
  newDelivery,
  newZone,
  type Outcome,
  onItsWay,
  type TestCourier,
} from './kit/operations.ts'

const PROCESSES = 2

let under: DeliveryUnderTest
let shop: TestShop
let courier: TestCourier

beforeAll(async () => {
  under = await startDelivery({ processes: PROCESSES })
  await Promise.all(under.processes.map(process => process.start()))
}, 60_000)

afterAll(() => under?.stop())

beforeEach(async () => {
  shop = await under.shop()
  await newZone(under, shop)
  courier = await newCourier(under, shop)
})

const STORE = `subscription ($storeId: ID!, $after: Int) { storeDeliveries(storeId: $storeId, after: $after) { ${DELIVERY} } }`
const ONE = `subscription ($id: ID!, $after: Int) { deliveryChanged(id: $id, after: $after) { ${DELIVERY} } }`
const MINE = `subscription ($after: Int) { courierDeliveries(after: $after) { ${DELIVERY} } }`
const TRACK = `subscription ($token: String!) { trackDelivery(token: $token) {
  state version eta position { latitude longitude } courierFirstName } }`

/** Follows until `enough`, and resolves `ready` with the first that is told. Every error fails the test. */
function follow<Seen = DeliverySeen>(
  query: string,
  variables: Record<string, unknown>,
  as: AskOptions,
  enough: (seen: readonly Seen[]) => boolean,
  process = 0,
) {
  const subgraph = under.processes[process] ?? under.subgraph
  const headers: Record<string, string> = as.token === undefined ? {} : { authorization: `Bearer ${as.token}` }
  const seen: Seen[] = []
  let begun: () => void = () => {}
  const ready = new Promise<void>(resolve => {
    begun = resolve
  })
  const all = (async () => {
    for await (const { data, errors } of subgraph.subscribe({ query, variables, headers })) {
      if (errors) throw new Error(JSON.stringify(errors))
      seen.push(Object.values(data ?? {})[0] as Seen)
      begun()
      if (enough(seen)) break
    }
    return seen
  })()
  return { all, ready }
}

const ended = (seen: readonly { state: string }[]) => seen.at(-1)?.state === 'DELIVERED'
const ascending = (seen: readonly { version: number }[]) =>
  expect(seen.map(({ version }) => version)).toEqual(
    [...new Set(seen.map(({ version }) => version))].sort((a, b) => a - b),
  )

async function deliver(id: string, by: TestCourier) {
  await mutate(under, 'pickUpDelivery', { id }, by.as)
  await mutate(under, 'departDelivery', { id }, by.as)
  return mutate(under, 'completeDelivery', { id, receivedBy: 'Jonas' }, by.as)
}

describe('the dashboard', () => {
  test('sees what is open, then every change of every delivery once, in order, in every process', async () => {
    const past = await onItsWay(under, shop, courier)
    await mutate(under, 'completeDelivery', { id: past.id, receivedBy: 'Jonas' }, courier.as)
    const first = await newDelivery(under, shop)
    const done = (seen: readonly DeliverySeen[]) => seen.filter(({ state }) => state === 'DELIVERED').length === 8
    const following = Array.from({ length: PROCESSES }, (_, process) =>
      follow(STORE, { storeId: shop.storeId }, shop.owner, done, process),
    )
    await Promise.all(following.map(({ ready }) => ready))
    const others = await Promise.all(Array.from({ length: 7 }, () => newDelivery(under, shop)))
    await Promise.all(
      [first, ...others].map(async ({ id }) => {
        await mutate(under, 'assignDelivery', { id, courierId: courier.id }, shop.owner)
        await deliver(id, courier)
      }),
    )
    for (const { all } of following) {
      const seen = await all
      ascending(seen)
      expect(seen[0]?.id).toBe(first.id)
      for (const { id } of [first, ...others])
        expect(seen.filter(one => one.id === id).map(({ state }) => state)).toEqual([
          'PENDING',
          'ASSIGNED',
          'PICKED_UP',
          'IN_TRANSIT',
          'DELIVERED',
        ])
    }
  })

  test('that was away is told each change it has missed, and what is too old to be told each once, as it is', async () => {
    const { id, version } = await newDelivery(under, shop)
    await mutate(under, 'assignDelivery', { id, courierId: courier.id }, shop.owner)
    await deliver(id, courier)
    const missed = await follow(STORE, { storeId: shop.storeId, after: version }, shop.owner, ended).all
    expect(missed.map(({ state }) => state)).toEqual(['ASSIGNED', 'PICKED_UP', 'IN_TRANSIT', 'DELIVERED'])
    under.clock.advance(26 * 3_600_000)
    const relay = connectRelayDatabase(under.database.relayUrlOf('delivery'))
    const count = () =>
      under.look<{ n: string }>('select count(*) as n from delivery.delivery_change where store_id = $1', [
        shop.storeId,
      ])
    expect((await count())[0]?.n).toBe('5')
    const forgetting = forgetChanges({
      forget: relay.forgetChanges,
      clock: under.clock,
      log: createLog('delivery test', 'silent'),
    })
    await forgetting.alone(async () => {})
    await forgetting.stop()
    expect((await count())[0]?.n).toBe('0')
    await relay.close()
    const late = await follow(STORE, { storeId: shop.storeId, after: version }, shop.owner, ended).all
    expect(late.map(({ state }) => state)).toEqual(['DELIVERED'])
  })

  test('of another business is told nothing of it', async () => {
    const stranger = await under.shop()
    const { id } = await newDelivery(under, shop)
    const told = (query: string, variables: Record<string, unknown>, as: AskOptions) =>
      follow(query, variables, as, () => true).all.catch((error: Error) =>
        error.message.replace(/"requestId":"[^"]*"/, ''),
      )
    const unknown = await told(STORE, { storeId: makeId() }, stranger.owner)
    expect(await told(STORE, { storeId: shop.storeId }, stranger.owner)).toBe(unknown)
    expect(await told(ONE, { id }, stranger.owner)).toBe(await told(ONE, { id: makeId() }, stranger.owner))
    expect(await told(STORE, { storeId: shop.storeId }, courier.as)).toMatch(/FORBIDDEN/)
    expect(await told(ONE, { id }, courier.as)).toMatch(/NOT_FOUND/)
  })
})

describe('a courier who follows', () => {
  test('is told of their own only, and once more of what is taken away', async () => {
    const other = await newCourier(under, shop, 'Lena')
    const { id } = await newDelivery(under, shop)
    const { id: theirs } = await newDelivery(under, shop)
    await mutate(under, 'assignDelivery', { id, courierId: courier.id }, shop.owner)
    const following = follow(MINE, {}, courier.as, seen => seen.at(-1)?.assignedToMe === false)
    await following.ready
    await mutate(under, 'assignDelivery', { id: theirs, courierId: other.id }, shop.owner)
    await mutate(under, 'assignDelivery', { id, courierId: other.id }, shop.owner)
    const seen = await following.all
    expect(seen.map(one => [one.id, one.assignedToMe])).toEqual([
      [id, true],
      [id, false],
    ])
    expect(seen[1]?.courier).toBeNull()
  })
})

describe('where a courier is', () => {
  const report = (more: Record<string, unknown> = {}, by = courier) =>
    mutate<Outcome & { deliveries: DeliverySeen[] }>(under, 'reportPosition', { ...CENTER, ...more }, by.as)

  test('is taken once in three seconds, of however many reports at once', async () => {
    await onItsWay(under, shop, courier)
    const reports = await Promise.all(Array.from({ length: 10 }, () => report()))
    expect(reports.filter(({ __typename }) => __typename === 'ReportPositionSuccess')).toHaveLength(1)
    expect(reports.filter(({ code }) => code === 'TOO_SOON')).toHaveLength(9)
    under.clock.advance(2_999)
    expect((await report()).code).toBe('TOO_SOON')
    under.clock.advance(1)
    expect((await report()).__typename).toBe('ReportPositionSuccess')
  })

  test('is no business of who is no courier', async () => {
    const nobody = await under.person(shop.tenantId, [['COURIER', shop.storeId]])
    expect(await report({}, { id: '', as: nobody })).toMatchObject({ code: 'NOT_FOUND' })
    expect(await report({ latitude: 100 })).toMatchObject({ field: 'input.latitude' })
  })

  test('makes what they bring expected, and its trail a point each half minute, 500 at the most', async () => {
    const near = await onItsWay(under, shop, courier)
    const waiting = await newDelivery(under, shop)
    await mutate(under, 'assignDelivery', { id: waiting.id, courierId: courier.id }, shop.owner)
    const first = await report()
    expect(first.deliveries.map(({ id }) => id)).toEqual([near.id])
    expect(first.deliveries[0]?.position).toMatchObject(CENTER)
    const expected = Date.parse(first.deliveries[0]?.eta ?? '') - under.clock.now().getTime()
    // 1.1 km by bicycle
    expect(expected / 1_000).toBeGreaterThan(300)
    expect(expected / 1_000).toBeLessThan(450)
    for (let n = 1; n <= 12; n++) {
      under.clock.advance(10_000)
      await report({ latitude: CENTER.latitude + n / 10_000 })
    }
    const trail = (await report({})).code === 'TOO_SOON' ? await trailOf(near.id) : []
    expect(trail).toHaveLength(5)
    expect(trail[0]?.latitude).toBe(52.5212)
    await under.look(
      `insert into delivery.trail_point select $1, $2, now() - interval '9 days' + make_interval(mins => n), 1, 1
       from generate_series(1, 600) n`,
      [shop.tenantId, near.id],
    )
    under.clock.advance(30_000)
    await report()
    expect(await trailOf(near.id)).toHaveLength(500)
  })

  const trailOf = async (id: string) =>
    (await under.first<DeliverySeen>(`query ($id: ID!) { delivery(id: $id) { ${DELIVERY} } }`, { id }, shop.owner))
      .trail

  test('is pushed to the dashboard with what is expected', async () => {
    const { id } = await onItsWay(under, shop, courier)
    const following = follow(ONE, { id }, shop.owner, seen => seen.at(-1)?.position != null, 1)
    await following.ready
    await report()
    expect((await following.all).at(-1)).toMatchObject({ id, state: 'IN_TRANSIT', position: CENTER })
  })
})

describe('a link', () => {
  interface Told {
    readonly state: string
    readonly version: number
    readonly position: object | null
    readonly courierFirstName: string | null
  }
  const link = async (deliveryId: string, as: AskOptions = shop.owner) =>
    under.first<Outcome & { token: string }>(
      `mutation ($id: ID!) { createTrackingLink(deliveryId: $id) {
        ... on CreateTrackingLinkSuccess { token } ... on Problem { code } } }`,
      { id: deliveryId },
      as,
    )
  const look = (token: string) =>
    under.first<Told | null>(
      'query ($token: String!) { trackDelivery(token: $token) { state position { latitude } } }',
      {
        token,
      },
    )

  test('lets its holder follow to the door, and shows where the courier is only on the way', async () => {
    const { id } = await newDelivery(under, shop)
    const { token } = await link(id)
    const following = follow<Told>(TRACK, { token }, {}, ended)
    await following.ready
    await mutate(under, 'assignDelivery', { id, courierId: courier.id }, shop.owner)
    await mutate(under, 'reportPosition', CENTER, courier.as)
    await mutate(under, 'pickUpDelivery', { id }, courier.as)
    await mutate(under, 'departDelivery', { id }, courier.as)
    under.clock.advance(3_000)
    await mutate(under, 'reportPosition', CENTER, courier.as)
    await mutate(under, 'completeDelivery', { id, receivedBy: 'Jonas' }, courier.as)
    const seen = await following.all
    ascending(seen)
    expect(seen.map(({ state, position }) => [state, position])).toEqual([
      ['PENDING', null],
      ['ASSIGNED', null],
      ['PICKED_UP', null],
      ['IN_TRANSIT', null],
      ['IN_TRANSIT', CENTER],
      ['DELIVERED', null],
    ])
    expect(seen.map(({ courierFirstName }) => courierFirstName)).toEqual([null, ...Array(5).fill('Kemal')])
  })

  test('opens nothing once it is revoked, replaced, or two hours after the end; and its token is not kept', async () => {
    const { id } = await onItsWay(under, shop, courier)
    const first = await link(id)
    const second = await link(id)
    expect(await look(first.token)).toBeNull()
    expect(await look(second.token)).toMatchObject({ state: 'IN_TRANSIT' })
    expect(await look('x'.repeat(43))).toBeNull()
    expect(await look('')).toBeNull()
    const revoke = 'mutation ($id: ID!) { revokeTrackingLink(deliveryId: $id) { __typename } }'
    await under.first(revoke, { id }, shop.owner)
    expect(await look(second.token)).toBeNull()
    const third = await link(id)
    await mutate(under, 'completeDelivery', { id, receivedBy: 'Jonas' }, courier.as)
    expect(await look(third.token)).toMatchObject({ state: 'DELIVERED' })
    under.clock.advance(2 * 3_600_000)
    expect(await look(third.token)).toBeNull()
    expect((await link(id)).code).toBe('ILLEGAL_TRANSITION')
    const kept = JSON.stringify(await under.look('select * from delivery.tracking_link'))
    for (const { token } of [first, second, third]) expect(kept).not.toContain(token)
  })

  test('that is revoked ends who follows by it', async () => {
    const { id } = await onItsWay(under, shop, courier)
    const { token } = await link(id)
    const following = follow<Told>(TRACK, { token }, {}, () => false)
    await following.ready
    await under.first('mutation ($id: ID!) { revokeTrackingLink(deliveryId: $id) { __typename } }', { id }, shop.owner)
    await mutate(under, 'failDelivery', { id, reason: 'REFUSED' }, courier.as)
    expect((await following.all).map(({ state }) => state)).toEqual(['IN_TRANSIT'])
  })

  test('is made by who may make deliveries, of their own business', async () => {
    const { id } = await newDelivery(under, shop)
    const stranger = await under.shop()
    expect((await link(id, stranger.owner)).code).toBe('NOT_FOUND')
    await expect(link(id, courier.as)).rejects.toThrow(/FORBIDDEN/)
  })
})
