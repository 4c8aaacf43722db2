import { type BusinessDayRules, businessDateOf } from '@tillgraph/rules/business-day'
import { isDiscountWithin } from '@tillgraph/rules/offline/approval'
import { OfflineFault } from '@tillgraph/rules/offline/fault'
import type { StockLease } from '@tillgraph/rules/offline/lease'
import { parseOfflineRecord } from '@tillgraph/rules/offline/parse-record'
import { type OfflinePolicy, policyFault, waitingState } from '@tillgraph/rules/offline/policy'
import { type OfflineRecord, RECORD_CHARACTERS_MOST } from '@tillgraph/rules/offline/record'
import { checkTotals } from '@tillgraph/rules/offline/totals'
import { type BasketOnTill, type PricingTerms, type TenderOnTill, writeSale } from '@tillgraph/rules/offline/write-sale'
import { LogFault, type OfflineLog } from './log.ts'
import { type DeviceKey, hashOf, signRecord, type TillCryptography, webCryptography } from './sign.ts'
import { checkApproval, discountAllowed, type ManagerKey } from './till-approvals.ts'
import { readBook, type TillBook } from './till-book.ts'
import { type LeasedGoods, leasesLeft, takeLeased } from './till-leases.ts'
import type { NumberBlock } from './till-papers.ts'
import { refusalOf, type TillRefusal, tillRefusal } from './till-refusal.ts'
import { oldestOf, type TillState, tillState } from './till-state.ts'

/** Which register this is, and how its store counts days. */
export interface RegisterFacts extends BusinessDayRules {
  readonly tenantId: string
  readonly storeId: string
  readonly registerId: string
}

export interface OfflineTillOptions {
  readonly log: OfflineLog
  readonly key: DeviceKey
  /** What enrolRegister answered; kept beside the log, so that it can be left out from then on. */
  readonly register?: RegisterFacts
  readonly makeId: () => string
  /** Epoch milliseconds. Default: the device's clock. */
  readonly now?: () => number
  /** Default: WebCrypto's. */
  readonly cryptography?: TillCryptography
}

export interface WantedSale {
  readonly basket: BasketOnTill
  readonly terms: PricingTerms
  readonly cashierId: string
  /** What the cashier is in the store: how much they may take off. */
  readonly cashierRoles: readonly string[]
  readonly customerId?: string | undefined
  readonly note?: string | undefined
  readonly tenders: readonly TenderOnTill[]
  /** Approvals of managers, as scanned. */
  readonly approvals?: readonly string[]
}

/** A sale that is written down for good: print the receipt. */
export interface TakenSale {
  readonly kind: 'TAKEN'
  readonly record: OfflineRecord
  /** Minor units that go back to the customer. */
  readonly change: bigint
  /** What was sold beyond the stock that was set aside for this register: it may not be there. */
  readonly beyondLeases: LeasedGoods['beyond']
}

/** What a till was handed while it had a network. */
export interface TillPapers {
  readonly policy: OfflinePolicy | undefined
  readonly blocks: readonly NumberBlock[]
  readonly leases: readonly StockLease[]
  readonly managerKeys: readonly ManagerKey[]
  /** The id of a block that was asked for and not answered. */
  readonly askedBlock: string | undefined
}

const BLOCKS_MOST = 10
const LEASES_MOST = 20
const MANAGER_KEYS_MOST = 200

/** A till that sells without a network. One for each log; made by openTill. */
export class OfflineTill {
  readonly log: OfflineLog
  readonly key: DeviceKey
  readonly register: RegisterFacts
  readonly now: () => number
  readonly book: TillBook
  readonly #makeId: () => string
  readonly #cryptography: TillCryptography
  readonly #listeners = new Set<() => void>()
  #papers: TillPapers
  #turn: Promise<unknown> = Promise.resolve()

  constructor(options: OfflineTillOptions, register: RegisterFacts, book: TillBook, papers: TillPapers) {
    this.log = options.log
    this.key = options.key
    this.register = register
    this.now = options.now ?? Date.now
    this.book = book
    this.#makeId = options.makeId
    this.#cryptography = options.cryptography ?? webCryptography
    this.#papers = papers
  }

  get papers(): TillPapers {
    return this.#papers
  }

  /** What to show: whether it may sell, how long for, what waits to be sent. */
  get state(): TillState {
    return tillState(this.book, this.#papers, this.now())
  }

  /** Told whenever `state` may have changed; answers with what ends that. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Takes a sale: priced, held to the policy, signed, and on the disk when this answers. */
  sell(wanted: WantedSale): Promise<TakenSale | TillRefusal> {
    return this.inTurn(async () => {
      try {
        return await this.#sell(wanted)
      } catch (error) {
        return refusalOf(error)
      }
    })
  }

  /** Keeps what was handed to the till. What is left out stays as it was; an older policy changes nothing. */
  keep(papers: Partial<TillPapers>): Promise<void> {
    return this.inTurn(() => this.#keep(papers))
  }

  /** Forgets answered lines up to a sequence. */
  forget(upTo: number): Promise<void> {
    return this.inTurn(async () => {
      // a block that is used up goes first: its numbers would look unused without the lines that used them
      await this.#keep({})
      await this.log.prune(Math.min(upTo, this.book.acknowledged))
    })
  }

  /** One after the other: each finds what the one before it wrote. */
  inTurn<Value>(work: () => Promise<Value>): Promise<Value> {
    const result = this.#turn.then(work).finally(() => {
      for (const listener of this.#listeners) listener()
    })
    this.#turn = result.catch(() => undefined)
    return result
  }

  async close(): Promise<void> {
    await this.#turn
    await this.log.close()
  }

  async #keep(papers: Partial<TillPapers>): Promise<void> {
    const before = this.#papers
    const next = { ...before, ...papers }
    const { storeId, registerId } = this.register
    const foreign =
      next.leases.some(lease => lease.registerId !== registerId) || (next.policy?.storeId ?? storeId) !== storeId
    if (foreign) throw new TypeError('These papers are of another register')
    const older = (next.policy?.version ?? 0) < (before.policy?.version ?? 0)
    const kept = {
      policy: older ? before.policy : next.policy,
      blocks: next.blocks.filter(block => freeNumber(block, this.book) !== undefined).slice(-BLOCKS_MOST),
      leases: next.leases.filter(({ expiresAt }) => Date.parse(expiresAt) > this.now()).slice(-LEASES_MOST),
      managerKeys: next.managerKeys.slice(-MANAGER_KEYS_MOST),
      askedBlock: next.askedBlock,
    }
    await this.log.keepNote('papers', kept)
    this.#papers = kept
  }

  async #sell(wanted: WantedSale): Promise<TakenSale | TillRefusal> {
    const { policy, blocks, leases } = this.#papers
    const now = this.now()
    if (policy === undefined) return tillRefusal('POLICY_OFF')
    if (waitingState(policy, oldestOf(this.book), now) === 'EXPIRED') return tillRefusal('SEND_FIRST')
    const number = nextNumber(blocks, this.book)
    if (number === undefined) return tillRefusal('NO_NUMBERS')
    const goods = takeLeased(wanted.basket.lines, leasesLeft(leases, this.book, now))
    const approvals = wanted.approvals ?? []
    const sale = writeSale(wanted.basket, wanted.terms, {
      ...wanted,
      ...{ orderId: this.#makeId(), number, approvals, leases: goods.uses },
      businessDate: businessDateOf(now, this.register),
    })
    const checked = checkTotals(sale)
    const tenderKinds = sale.tenders.map(({ kind }) => kind)
    const asked = { takenAt: now, currency: sale.currency, value: checked.value, tenderKinds }
    const fault = policyFault(asked, policy, this.book.held)
    if (fault !== undefined) return tillRefusal(fault)
    await this.#checkDiscounts(wanted, checked.priced, now)
    const { tenantId, storeId, registerId } = this.register
    const record = parseOfflineRecord(
      JSON.stringify({
        ...{ version: 1, tenantId, storeId, registerId },
        ...{ sequence: this.book.lastSequence + 1, previous: this.book.lastHash },
        acknowledged: this.book.acknowledged,
        takenAt: new Date(now).toISOString(),
        policyVersion: policy.version,
        ...{ kind: 'sale', sale },
      }),
    )
    const line = await signRecord(record, this.key, this.#cryptography)
    if (line.length > RECORD_CHARACTERS_MOST) return tillRefusal('SALE_TOO_LONG')
    await this.log.append({ sequence: record.sequence, line })
    this.book.add(record, await hashOf(line, this.#cryptography))
    return { kind: 'TAKEN', record, change: checked.change, beyondLeases: goods.beyond }
  }

  async #checkDiscounts(wanted: WantedSale, priced: Parameters<typeof isDiscountWithin>[0], at: number): Promise<void> {
    const { approvals = [], cashierRoles } = wanted
    const { tenantId, storeId, registerId } = this.register
    const use = { tenantId, storeId, registerId, action: 'discount' as const, at }
    const check = (one: string) => checkApproval(one, this.#papers.managerKeys, use, this.#cryptography)
    const given = await Promise.all(approvals.map(check))
    for (const { approval } of given)
      if (this.book.isApprovalUsed(approval.id)) throw new OfflineFault('APPROVAL_USED', approval.id)
    if (!isDiscountWithin(priced, discountAllowed(cashierRoles, given))) throw new OfflineFault('APPROVAL_MISSING')
  }
}

/** Opens a till on its log: what it sold before, in whatever way it was closed, is all there. */
export async function openTill(options: OfflineTillOptions): Promise<OfflineTill> {
  const { log, key } = options
  const owner = await log.note('owner')
  // a log goes on with the key that it began with: with another one, it would be a fork of somebody else's
  if (owner !== undefined && owner !== key.kid) throw new LogFault('LOG_FORK', String(owner))
  if (owner === undefined) await log.keepNote('owner', key.kid)
  const register = options.register ?? ((await log.note('register')) as RegisterFacts | undefined)
  if (register === undefined) throw new TypeError('Which register this is was never said')
  if (options.register !== undefined) await log.keepNote('register', options.register)
  const papers = (await log.note('papers')) as TillPapers | undefined
  const none = { policy: undefined, blocks: [], leases: [], managerKeys: [], askedBlock: undefined }
  return new OfflineTill(options, register, await readBook(log, options.cryptography), { ...none, ...papers })
}

/** The next number of the oldest block that has one. */
function nextNumber(blocks: readonly NumberBlock[], book: TillBook): bigint | undefined {
  for (const block of blocks) {
    const free = freeNumber(block, book)
    if (free !== undefined) return free
  }
  return undefined
}

function freeNumber({ first, last }: NumberBlock, book: TillBook): bigint | undefined {
  for (let number = BigInt(first); number <= BigInt(last); number += 1n) if (!book.isNumberUsed(number)) return number
  return undefined
}
