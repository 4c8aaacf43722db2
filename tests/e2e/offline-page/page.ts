import { EnrolRegisterDocument } from '@tillgraph/client/generated/documents'
import { preparePapers, sendWaiting } from '@tillgraph/client/offline/connect'
import { proveEnrolment } from '@tillgraph/client/offline/device-key'
import { browserKey } from '@tillgraph/client/offline/indexed-db-key'
import { openIndexedDbLog } from '@tillgraph/client/offline/indexed-db-log'
import { leaseGoods } from '@tillgraph/client/offline/lease-goods'
import { type OfflineTill, openTill, type RegisterFacts } from '@tillgraph/client/offline/till'
import { createSession, type Session } from '@tillgraph/client/session'
import { memoryTokenStore } from '@tillgraph/client/tokens'
import type { JSONWebKeySet } from 'jose'
import { v7 } from 'uuid'
import { logConformance } from '../../../client/test/offline/log-conformance.ts'

// The page of a till, as small as it can be. What tests call stands on `window.shop`.

interface PageGlobals {
  shop: typeof shop
  readonly location: { readonly origin: string }
  /** Put there by the test: told of each sale once it was taken. */
  readonly sold?: (number: string) => Promise<void>
  readonly navigator: {
    readonly serviceWorker: { register(path: string): Promise<unknown>; readonly ready: Promise<unknown> }
  }
}

const page = globalThis as unknown as PageGlobals
const { origin } = page.location
let till: OfflineTill | undefined
let session: Session | undefined

const shop = {
  /** Keeps this page for the time without a network. */
  async install(): Promise<void> {
    await page.navigator.serviceWorker.register('/worker.js')
    await page.navigator.serviceWorker.ready
  },

  async enrol(tenant: string, code: string, timeZone: string): Promise<string> {
    const key = await browserKey('register')
    const { graph } = connect()
    const proof = await proveEnrolment(key, code)
    const input = { tenant, code, publicKey: key.publicKey, proof }
    const { enrolRegister } = await graph.ask(EnrolRegisterDocument, { input })
    if (enrolRegister.__typename !== 'EnrolRegisterSuccess') throw new Error(enrolRegister.message)
    const { registerId, storeId, tenantId } = enrolRegister
    const facts: RegisterFacts = { registerId, storeId, tenantId, timeZone, dayEndMinutes: 0 }
    await openLog(facts)
    return registerId
  },

  async signIn(tenant: string, login: string, password: string): Promise<string> {
    return (await connect().signIn(tenant, login, password)).__typename
  },

  async signOut(): Promise<void> {
    await connect().signOut()
  },

  async open(): Promise<void> {
    await openLog()
  },

  async close(): Promise<void> {
    await till?.close()
  },

  /** Fetches what it needs for the time without a network, and has so much of a product set aside. */
  async prepare(productId: string, pieces: number): Promise<void> {
    const keys = async () => (await (await fetch('/.well-known/jwks.json')).json()) as JSONWebKeySet
    const connection = { graph: connect().graph, keys, makeId: v7 }
    await preparePapers(opened(), connection)
    const goods = [{ productId, quantity: BigInt(pieces) * 1000n }]
    const leased = await leaseGoods(opened(), connection, goods, LEASE_SECONDS)
    if (leased.kind === 'REFUSED') throw new Error(leased.message)
  },

  /** Sells until the log is this long; says so of each sale. */
  async sellUntil(lastSequence: number, cashierId: string, productId: string): Promise<void> {
    while (opened().state.lastSequence < lastSequence) {
      const paidBy = opened().state.lastSequence % 2 === 0 ? 'CASH' : 'CARD'
      const card = { token: 'tok_visa', processor: 'sandbox' }
      const taken = await opened().sell({
        basket: { lines: [{ product: { ...tea, id: productId }, quantity: 1000n }] },
        terms: { currency: 'EUR', prices: 'INCLUSIVE', taxRounding: 'LINE', roundingMode: 'HALF_AWAY_FROM_ZERO' },
        ...{ cashierId, cashierRoles: ['OWNER'] },
        tenders: [{ id: v7(), kind: paidBy, amount: 250n, ...(paidBy === 'CARD' ? card : {}) }],
      })
      if (taken.kind === 'REFUSED') throw new Error(`${taken.code}: ${taken.message}`)
      await page.sold?.(taken.record.sale.number)
    }
  },

  state() {
    const { mode, unsent, lastSequence, acknowledged, numbersLeft, leases } = opened().state
    const leased = leases.reduce((sum, { left }) => sum + left, 0n) / 1000n
    return { mode, unsent, lastSequence, acknowledged, numbersLeft: Number(numbersLeft), leased: Number(leased) }
  },

  async send() {
    const { sent, accepted, refused, left, stoppedBy } = await sendWaiting(opened(), connect().graph)
    return { sent, accepted, refused, left, stoppedBy: stoppedBy?.message }
  },

  async isKeyReadable(): Promise<boolean> {
    const { privateKey } = await browserKey('register')
    return crypto.subtle.exportKey('pkcs8', privateKey).then(
      () => true,
      () => false,
    )
  },

  /** Runs the tests that every log must pass; answers with those that it did not. */
  async conform(): Promise<{ readonly run: number; readonly faults: readonly string[] }> {
    const faults: string[] = []
    for (const { name, run } of logConformance) {
      const prefix = v7()
      await run(log => openIndexedDbLog(`${prefix} ${log}`)).catch(error => faults.push(`${name}: ${error}`))
    }
    return { run: logConformance.length, faults }
  },
}

const LEASE_SECONDS = 3_600

const tea = {
  sku: 'TEA',
  name: 'Tea',
  unit: 'piece',
  unitPrice: { minorThousandths: 250_000n },
  taxes: [{ id: 'vat', name: 'VAT 7 %', rate: 70_000n }],
}

function connect(): Session {
  session ??= createSession({
    url: `${origin}/graphql`,
    device: { id: `device-${v7()}`, name: 'Till in a browser' },
    store: memoryTokenStore(),
  })
  return session
}

async function openLog(register?: RegisterFacts): Promise<void> {
  const key = await browserKey('register')
  const log = await openIndexedDbLog(key.kid)
  till = await openTill({ log, key, makeId: v7, ...(register === undefined ? {} : { register }) })
}

function opened(): OfflineTill {
  if (!till) throw new Error('The till is not open')
  return till
}

page.shop = shop

export type Shop = typeof shop
