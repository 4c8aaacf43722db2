import { parseMoney } from '@tillgraph/rules/money'
import type { RunningSums } from '@tillgraph/rules/offline/policy'
import type { OfflineRecord, OfflineSale } from '@tillgraph/rules/offline/record'
import { parseQuantity, type Quantity } from '@tillgraph/rules/quantity'
import type { OfflineLog } from './log.ts'
import { readLine } from './read-line.ts'
import { hashOf, webCryptography } from './sign.ts'
import { approvalIdOf } from './till-approvals.ts'

const LINES_PER_PAGE = 500

/** A sale that the graph has not answered for. */
export interface UnsentSale {
  readonly sequence: number
  readonly takenAt: number
  /** What it counts to the limits, minor units. */
  readonly value: bigint
}

/**
 * What a till knows of its own log, worked out from it when it is opened and kept beside it from then on: nothing that
 * the log says is written down a second time, so nothing can disagree with it.
 */
export interface TillBook {
  readonly lastSequence: number
  readonly lastHash: string
  /** Up to here all records have been answered. */
  readonly acknowledged: number
  readonly unsent: readonly UnsentSale[]
  readonly held: RunningSums
  isNumberUsed(number: bigint): boolean
  usedOfLease(leaseId: string, productId: string): Quantity
  isApprovalUsed(id: string): boolean
  add(record: OfflineRecord, hash: string): void
  answer(sequences: readonly number[]): void
}

/** Reads a whole log. */
export async function readBook(log: OfflineLog, cryptography = webCryptography): Promise<TillBook> {
  const answered: number[] = []
  for await (const verdict of pages(after => log.verdicts(after, LINES_PER_PAGE))) answered.push(verdict.sequence)
  const first = (await log.read(0, 1))[0]
  // only what was answered is ever forgotten
  const book = createBook((first?.sequence ?? 1) - 1)
  for await (const { line } of pages(after => log.read(after, LINES_PER_PAGE))) book.add(readLine(line), '')
  const last = await log.last()
  if (last !== undefined) book.lastHash = await hashOf(last.line, cryptography)
  book.answer(answered)
  return book
}

async function* pages<Row extends { readonly sequence: number }>(
  read: (after: number) => Promise<readonly Row[]>,
): AsyncGenerator<Row> {
  let page = await read(0)
  while (page.length > 0) {
    yield* page
    page = await read(page.at(-1)?.sequence ?? 0)
  }
}

function createBook(forgotten: number): TillBook & { lastHash: string } {
  // order numbers are below 2 ** 53, and a number is found ten times as quickly as a bigint
  const numbers = new Set<number>()
  const leases = new Map<string, Quantity>()
  const approvals = new Set<string>()
  /** All behind `acknowledged`, the answered among them too: as the server counts. */
  const behind = new Map<number, UnsentSale & { answered: boolean }>()
  let lastSequence = forgotten
  let acknowledged = forgotten

  return {
    lastHash: '',
    get lastSequence() {
      return lastSequence
    },
    get acknowledged() {
      return acknowledged
    },
    get unsent() {
      return [...behind.values()].filter(({ answered }) => !answered)
    },
    get held() {
      return { count: behind.size, value: [...behind.values()].reduce((sum, { value }) => sum + value, 0n) }
    },
    isNumberUsed: number => numbers.has(Number(number)),
    usedOfLease: (leaseId, productId) => leases.get(`${leaseId} ${productId}`) ?? 0n,
    isApprovalUsed: id => approvals.has(id),
    add(record, hash) {
      const { sale, sequence, takenAt } = record
      lastSequence = sequence
      this.lastHash = hash
      numbers.add(Number(sale.number))
      for (const { leaseId, productId, quantity } of sale.leases) {
        const name = `${leaseId} ${productId}`
        leases.set(name, (leases.get(name) ?? 0n) + parseQuantity(quantity))
      }
      for (const approval of sale.approvals) approvals.add(approvalIdOf(approval))
      behind.set(sequence, { sequence, takenAt: Date.parse(takenAt), value: countedValue(sale), answered: false })
    },
    answer(sequences) {
      for (const sequence of sequences) {
        const sale = behind.get(sequence)
        if (sale !== undefined) sale.answered = true
      }
      while (behind.get(acknowledged + 1)?.answered === true) {
        acknowledged += 1
        behind.delete(acknowledged)
      }
    },
  }
}

/** What a sale counts to the limits: what was owed and given. */
function countedValue({ currency, totals, tenders }: OfflineSale): bigint {
  const read = (amount: string) => parseMoney(amount, currency).minor
  const tips = tenders.reduce((sum, { tip }) => sum + (tip === undefined ? 0n : read(tip)), 0n)
  return read(totals.total) + read(totals.cashRounding) + tips
}
