import { randomUUID } from 'node:crypto'
import { type Asked, ask } from '../support/ask.ts'
import type { Random } from '../support/random.ts'
import { COMPLETE_SALE, PRICE_MINOR, type SaleInput, saleInput, type Tender } from './shop.ts'

const OPEN = `mutation ($input: OpenOrderInput!) { openOrder(input: $input) { __typename
  ... on OpenOrderSuccess { order { id } } ... on Problem { code message } } }`
const CANCEL = `mutation ($input: CancelOrderInput!) { cancelOrder(input: $input) { __typename
  ... on ChangeOrderSuccess { order { status } } ... on Problem { code message } } }`
const RETURN = `mutation ($input: CreateReturnInput!) { createReturn(input: $input) { __typename
  ... on CreateReturnSuccess { return { id amount { amount } } } ... on Problem { code message } } }`

const REMEMBERED_MAX = 40
const LOOKS_MOST = 60
const BASKETS = [1, 2, 3]
const OVERPAID_MINOR = [0, 0, 50, 1_000]

interface Sold {
  readonly input: SaleInput
  readonly answer: string
  readonly lines: { readonly id: string; readonly productId: string; left: number }[]
}

/** What a till believes to have happened, by what it was told. */
export interface Traded {
  /** By product, what left the shelf for good. */
  readonly left: Map<string, number>
  readonly outcomes: Map<string, number>
  paid: number
  refunded: number
  tips: number
}

/** A till that sells, cancels and takes back at random, and sends much of it twice. */
export class Trader {
  readonly traded: Traded = { left: new Map(), outcomes: new Map(), paid: 0, refunded: 0, tips: 0 }
  readonly #url: string
  readonly #storeId: string
  readonly #token: () => string
  readonly #products: readonly string[]
  readonly #random: Random
  readonly #sold: Sold[] = []

  constructor(url: string, storeId: string, token: () => string, products: readonly string[], random: Random) {
    this.#url = url
    this.#storeId = storeId
    this.#token = token
    this.#products = products
    this.#random = random
  }

  async trade(): Promise<void> {
    const drawn = this.#random.next()
    if (drawn < 0.5 || this.#sold.length === 0) await this.#sell()
    else if (drawn < 0.6) await this.#openAndCancel()
    else if (drawn < 0.85) await this.#takeBack()
    else await this.#sellAgain()
  }

  async #sell(): Promise<void> {
    const lines = this.#basket()
    const due = lines.reduce((sum, [, quantity]) => sum + quantity * PRICE_MINOR, 0)
    const tenders = this.#tenders(due)
    const input = saleInput(this.#storeId, lines, tenders)
    const answer = await this.#ask(COMPLETE_SALE, input)
    if (tenders.some(({ token }) => token === 'tok_declined')) {
      this.#expect(answer, 'PaymentDeclined')
      this.#count('declined')
      return
    }
    const sold = answer.data?.completeSale as { order?: { lines: { id: string }[] } } | undefined
    if (!sold?.order) throw new Error(`not sold: ${JSON.stringify(answer)}`)
    const { order } = sold
    this.#count('sold')
    this.traded.paid += due
    this.traded.tips += tenders.reduce((sum, { tipMinor }) => sum + (tipMinor ?? 0), 0)
    for (const [productId, quantity] of lines) this.#leave(productId, quantity)
    this.#sold.push({
      input,
      answer: JSON.stringify(answer.data),
      lines: lines.map(([productId, left], index) => ({ id: order.lines[index]?.id ?? '', productId, left })),
    })
    if (this.#sold.length > REMEMBERED_MAX) this.#sold.splice(this.#random.below(REMEMBERED_MAX), 1)
  }

  /** The same again is answered with the same, and another content under its name is refused. */
  async #sellAgain(): Promise<void> {
    const { input, answer } = this.#random.pick(this.#sold)
    if (this.#random.chance(0.5)) {
      this.#expect(await this.#ask(COMPLETE_SALE, { ...input, note: 'another' }), 'AlreadyUsedDifferently')
      return
    }
    const again = await this.#ask(COMPLETE_SALE, input)
    if (JSON.stringify(again.data) !== answer) throw new Error(`${answer} became ${JSON.stringify(again.data)}`)
    this.#count('repeated')
  }

  async #openAndCancel(): Promise<void> {
    const { id, storeId, lines } = saleInput(this.#storeId, this.#basket(), [])
    this.#expect(await this.#ask(OPEN, { id, storeId, lines }), 'OpenOrderSuccess')
    const cancel = { id, reason: 'changed their mind' }
    const [first, second] = await this.#twice(CANCEL, cancel)
    const outcomes = [outcomeOf(first), outcomeOf(second)]
    if (!outcomes.includes('ChangeOrderSuccess')) throw new Error(`not cancelled: ${JSON.stringify([first, second])}`)
    this.#count('cancelled')
  }

  /** Some of a line, or more than is left of it; always asked for twice. */
  async #takeBack(): Promise<void> {
    const sale = this.#random.pick(this.#sold)
    const line = this.#random.pick(sale.lines)
    const wanted = 1 + this.#random.below(3)
    const restock = this.#random.chance(0.7)
    const answers = await this.#twice(RETURN, {
      id: randomUUID(),
      orderId: sale.input.id,
      lines: [{ lineId: line.id, quantity: String(wanted) }],
      reason: 'did not fit',
      restock,
    })
    const [answer, again] = answers
    if (JSON.stringify(answer.data) !== JSON.stringify(again.data))
      throw new Error(`two answers to one return: ${JSON.stringify(answers)}`)
    if (wanted > line.left) {
      // an order of which all has come back is closed
      if (outcomeOf(answer) !== 'IllegalOrderStep') this.#expect(answer, 'MoreThanLeft')
      return
    }
    this.#expect(answer, 'CreateReturnSuccess')
    this.#count('returned')
    line.left -= wanted
    this.traded.refunded += wanted * PRICE_MINOR
    if (restock) this.#leave(line.productId, -wanted)
  }

  #basket(): (readonly [string, number])[] {
    const products = new Set(
      Array.from({ length: this.#random.pick(BASKETS) }, () => this.#random.pick(this.#products)),
    )
    return [...products].map(productId => [productId, 1 + this.#random.below(3)] as const)
  }

  #tenders(due: number): Tender[] {
    const drawn = this.#random.next()
    const tip = this.#random.chance(0.3) ? { tipMinor: 10 * (1 + this.#random.below(20)) } : {}
    if (drawn < 0.5) return [{ kind: 'CASH', minor: due + this.#random.pick(OVERPAID_MINOR) }]
    if (drawn < 0.75) return [{ kind: 'CARD', minor: due, token: 'tok_visa', ...tip }]
    if (drawn < 0.85) return [{ kind: 'CARD', minor: due, token: 'tok_declined' }]
    const byCard = 1 + this.#random.below(due - 1)
    return [
      { kind: 'CARD', minor: byCard, token: 'tok_visa', ...tip },
      { kind: 'CASH', minor: due - byCard + this.#random.pick(OVERPAID_MINOR) },
    ]
  }

  #twice(query: string, input: object): Promise<[Asked, Asked]> {
    return Promise.all([this.#ask(query, input), this.#ask(query, input)])
  }

  /** Asked again while it is being carried out for somebody else, as the answer tells a till to. */
  async #ask(query: string, input: object): Promise<Asked> {
    for (let look = 1; ; look++) {
      const answer = await ask(this.#url, query, { input }, { token: this.#token() })
      if (answer.status !== 200 || answer.errors) throw new Error(JSON.stringify(answer))
      if (outcomeOf(answer) !== 'StillInProgress') return answer
      if (look === LOOKS_MOST) throw new Error('still in progress')
      await new Promise(resolve => setTimeout(resolve, 50))
    }
  }

  #expect(answer: Asked, outcome: string): void {
    if (outcomeOf(answer) !== outcome) throw new Error(`${outcome} was to come of it: ${JSON.stringify(answer)}`)
    this.#count(outcome)
  }

  #leave(productId: string, quantity: number): void {
    this.traded.left.set(productId, (this.traded.left.get(productId) ?? 0) + quantity)
  }

  #count(outcome: string): void {
    this.traded.outcomes.set(outcome, (this.traded.outcomes.get(outcome) ?? 0) + 1)
  }
}

function outcomeOf(answer: Asked): unknown {
  return (Object.values(answer.data ?? {})[0] as { __typename?: string } | undefined)?.__typename
}
