import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { demand, signUp, type TestBusiness } from '../support/ask.ts'
import { chromiumPath, newProfile, startBrowser, type TestBrowser } from '../support/browser.ts'
import { startTestGraph, type TestGraph } from '../support/graph.ts'
import { openPool } from '../support/pool.ts'
import { createStocked } from '../support/stock.ts'
import type { Shop } from './offline-page/page.ts'
import { type PageServer, servePage } from './offline-page/serve-page.ts'

const SALES = 200
const KILLS = 5
/** Of the goods sold, so many are there, and so many are set aside for this till. */
const IN_STOCK = 180
const LEASED = 150
const START_TIMEOUT_MS = 90_000
const RUN_TIMEOUT_MS = 300_000
const EFFECTS_TIMEOUT_MS = 120_000

if (chromiumPath === undefined)
  console.warn('SKIPPED: no Chromium was found (CHROMIUM, /usr/bin/chromium), so the till in a browser is not tested')

describe.skipIf(chromiumPath === undefined)('a till in Chromium', () => {
  let graph: TestGraph
  let business: TestBusiness
  let server: PageServer
  let profile: Awaited<ReturnType<typeof newProfile>>
  let browser: TestBrowser
  let page: Page

  beforeAll(async () => {
    graph = await startTestGraph('one box')
    business = await signUp(graph.url, 'Island Tea')
    server = await servePage(graph.url)
    profile = await newProfile()
    browser = await startBrowser(profile.path)
    page = await openPage()
  }, START_TIMEOUT_MS)

  afterAll(async () => {
    await browser?.kill()
    await server?.stop()
    await profile?.dispose()
    await graph?.stop()
  }, START_TIMEOUT_MS)

  async function openPage(): Promise<Page> {
    const opened = await browser.context.newPage()
    await opened.goto(server.url)
    await opened.waitForFunction(() => 'shop' in globalThis)
    return opened
  }

  const call = <Name extends keyof Shop>(name: Name, ...given: Parameters<Shop[Name]>) =>
    on(page, name, ...given) as Promise<Awaited<ReturnType<Shop[Name]>>>

  test(
    'keeps its log as every log must',
    async () => {
      const { run, faults } = await call('conform')
      expect(run).toBeGreaterThan(5)
      expect(faults).toEqual([])
    },
    RUN_TIMEOUT_MS,
  )

  test(
    `sells ${SALES} times without a network, is killed ${KILLS} times meanwhile, and all of it arrives, once`,
    async () => {
      const { registerId, cashierId, productId } = await openRegister()
      await call('prepare', productId, LEASED)
      expect(await call('isKeyReadable')).toBe(false)
      expect(await call('state')).toMatchObject({ mode: 'READY', unsent: 0, numbersLeft: 500, leased: LEASED })
      await call('signOut')

      const askedBefore = server.asked
      await cutOff()
      const told: string[] = []
      for (let kill = 1; kill <= KILLS; kill += 1) {
        await sellUntilKilled(told, Math.round((kill * SALES) / (KILLS + 1)), cashierId, productId, kill)
        await call('open')
        const { lastSequence } = await call('state')
        // whatever was told of is there; one may be there that was not told of any more
        expect(lastSequence - told.length).toBeGreaterThanOrEqual(0)
        expect(lastSequence - told.length).toBeLessThanOrEqual(kill)
      }
      await tellTo(told)
      await call('sellUntil', SALES, cashierId, productId)
      expect(await call('state')).toMatchObject({ unsent: SALES, lastSequence: SALES, leased: 0 })
      expect(server.asked, 'requests while it was cut off').toBe(askedBefore)
      await expect(call('signIn', business.slug, 'owner', business.password)).rejects.toThrow()

      server.cut = false
      await browser.context.setOffline(false)
      expect(await call('signIn', business.slug, 'owner', business.password)).toBe('SignInSuccess')
      expect(await call('send')).toEqual({ sent: SALES, accepted: SALES, refused: 0, left: 0, stoppedBy: undefined })
      expect(await call('state')).toMatchObject({ unsent: 0, acknowledged: SALES })
      await checkOrders(told, registerId)
      await checkEffects(productId)
    },
    RUN_TIMEOUT_MS,
  )

  test('is open in one window at a time', async () => {
    const other = await openPage()
    await expect(on(other, 'open')).rejects.toThrow('another window')
    await page.close()
    page = other
    await call('open')
    expect(await call('state')).toMatchObject({ lastSequence: SALES })
  })

  async function openRegister() {
    const { token, storeId, slug, password } = business
    const policy = { storeId, enabled: true, perDeviceMax: '5000.00' }
    await demand(
      graph.url,
      `mutation ($input: SetOfflinePolicyInput!) { setOfflinePolicy(input: $input) { ... on SetOfflinePolicySuccess { policy { version } } ... on Problem { code message } } }`,
      { input: policy },
      token,
    )
    const made = await demand<{ register: { id: string } }>(
      graph.url,
      `mutation ($input: CreateRegisterInput!) { createRegister(input: $input) { ... on CreateRegisterSuccess { register { id } } ... on Problem { code message } } }`,
      { input: { storeId, name: 'Kiosk' } },
      token,
    )
    const { code } = await enrolmentCode(made.register.id)
    const productId = await createStocked(graph.url, business, 'Tea', IN_STOCK)
    const me = await demand<{ id: string }>(graph.url, '{ me { id } }', {}, token)
    await call('install')
    expect(await call('enrol', slug, code, 'Europe/Berlin')).toBe(made.register.id)
    expect(await call('signIn', slug, 'owner', password)).toBe('SignInSuccess')
    return { registerId: made.register.id, cashierId: me.id, productId }
  }

  async function enrolmentCode(registerId: string): Promise<{ readonly code: string }> {
    const text = `mutation ($id: ID!) { createEnrolmentCode(registerId: $id) { ... on CreateEnrolmentCodeSuccess { given: code } ... on Problem { code message } } }`
    const { given } = await demand<{ given: string }>(graph.url, text, { id: registerId }, business.token)
    return { code: given }
  }

  async function cutOff(): Promise<void> {
    server.cut = true
    await browser.context.setOffline(true)
  }

  async function tellTo(told: string[]): Promise<void> {
    await page.exposeFunction('sold', (number: string) => {
      told.push(number)
    })
  }

  /** Lets it sell; as soon as it has told of so many sales it dies: the tab alone, or the whole browser. */
  async function sellUntilKilled(
    told: string[],
    until: number,
    cashierId: string,
    productId: string,
    kill: number,
  ): Promise<void> {
    const died = new Promise<void>(resolve => {
      const die = () => (kill % 2 === 0 ? crashTab() : browser.kill()).then(resolve)
      void page
        .exposeFunction('sold', (number: string) => {
          told.push(number)
          if (told.length === until) void die()
        })
        .then(() => call('sellUntil', SALES, cashierId, productId).catch(() => undefined))
    })
    await died
    if (kill % 2 === 1) browser = await startBrowser(profile.path)
    await cutOff()
    page = await openPage()
  }

  async function crashTab(): Promise<void> {
    const crashed = new Promise<void>(resolve => page.once('crash', () => resolve()))
    const devtools = await browser.context.newCDPSession(page)
    void devtools.send('Page.crash').catch(() => undefined)
    await crashed
    await page.close()
  }

  async function checkOrders(told: readonly string[], registerId: string): Promise<void> {
    const pool = openPool(graph.database.url)
    try {
      const orders = await pool.query<{ number: string; total: string; status: string }>(
        'select number, total, status from orders.customer_order where register_id = $1 order by number',
        [registerId],
      )
      expect(orders.rows).toHaveLength(SALES)
      const numbers = orders.rows.map(({ number }) => number)
      expect(new Set(numbers).size).toBe(SALES)
      expect(
        told.filter(number => !numbers.includes(number)),
        'told of and not there',
      ).toEqual([])
      expect(new Set(orders.rows.map(({ total, status }) => `${total} ${status}`))).toEqual(new Set(['250 COMPLETED']))
    } finally {
      await pool.end()
    }
  }

  /** What was sold left the shelf, what was not there is told, and every card was charged: soon after, by events. */
  async function checkEffects(productId: string): Promise<void> {
    const pool = openPool(graph.database.url)
    const rows = async (sql: string, values: unknown[] = []) => (await pool.query(sql, values)).rows
    try {
      await vi.waitFor(
        async () => {
          const stock = 'select on_hand::int as "onHand", reserved::int from inventory.stock where product_id = $1'
          expect(await rows(stock, [productId])).toEqual([{ onHand: (IN_STOCK - SALES) * 1000, reserved: 0 }])
          expect(await rows('select sum(short)::int as short from inventory.oversold_incident')).toEqual([
            { short: (SALES - IN_STOCK) * 1000 },
          ])
          expect(await rows('select state, count(*)::int from payments.offline_payment group by state')).toEqual([
            { state: 'CAPTURED', count: SALES / 2 },
          ])
        },
        { timeout: EFFECTS_TIMEOUT_MS, interval: 250 },
      )
      const ledger = await rows('select coalesce(sum(balance), 0)::int as sum from payments.account')
      expect(ledger).toEqual([{ sum: 0 }])
    } finally {
      await pool.end()
    }
  }
})

/** Calls what the page has on `window.shop`. */
function on<Name extends keyof Shop>(page: Page, name: Name, ...given: Parameters<Shop[Name]>): Promise<unknown> {
  return page.evaluate(
    async ([method, args]) => {
      const { shop } = globalThis as unknown as { shop: Record<string, (...given: unknown[]) => unknown> }
      return shop[method]?.(...args)
    },
    [name as string, given as unknown[]] as const,
  )
}
