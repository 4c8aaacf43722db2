import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { COMPLETE_SALE, PRICE_MINOR, saleInput } from '../invariants/shop.ts'
import type { Random } from '../support/random.ts'

const ASK_TIMEOUT_MS = 20_000
const ASK_AGAIN_MS = 400
const ASK_AGAIN_MS_MAX = 5_000
const SIGN_IN_AGAIN_MS = 180_000
const NETWORK_OUTCOMES = ['StillInProgress', 'PaymentOutcomeUnknown']

const REFRESH = `mutation ($input: RefreshInput!) { refresh(input: $input) {
  ... on RefreshSuccess { tokens { accessToken refreshToken } } ... on Problem { code message } } }`

export interface SignedIn {
  readonly storeId: string
  readonly token: string
  readonly refreshToken: string
  readonly deviceId: string
}

export interface Takings {
  /** What a till was told to be sold: its id and its number. */
  readonly sold: Map<string, string>
  readonly refused: Map<string, number>
  /** How often somebody had to ask again. */
  again: number
  /** Sales that nobody could be told the end of. */
  unanswered: number
}

/** Tills that sell at a steady rate, whatever breaks: who is not answered asks again under the same id. */
export class ShopFloor {
  readonly takings: Takings = { sold: new Map(), refused: new Map(), again: 0, unanswered: 0 }
  readonly #url: string
  readonly #products: readonly string[]
  readonly #random: Random
  readonly #underway = new Set<Promise<void>>()
  #who: SignedIn
  #signedInAt = Date.now()

  constructor(url: string, who: SignedIn, products: readonly string[], random: Random) {
    this.#url = url
    this.#who = who
    this.#products = products
    this.#random = random
  }

  /** Begins so many sales a second until it is told to stop, and gives those under way some time to end. */
  async sell(perSecond: number, patienceMs: number, stopped: Promise<unknown>): Promise<void> {
    let selling = true
    const stop = () => {
      selling = false
    }
    stopped.then(stop, stop)
    const begun = Date.now()
    let deadline = Number.POSITIVE_INFINITY
    for (let count = 0; selling; count++) {
      await sleep(Math.max(0, begun + (count * 1_000) / perSecond - Date.now()))
      const sale = this.#sellOnce(() => deadline)
      this.#underway.add(sale)
      sale.finally(() => this.#underway.delete(sale))
    }
    deadline = Date.now() + patienceMs
    await Promise.all(this.#underway)
  }

  async #sellOnce(deadline: () => number): Promise<void> {
    const lines = Array.from(new Set([this.#random.pick(this.#products), this.#random.pick(this.#products)]))
    const due = lines.length * PRICE_MINOR
    const byCard = this.#random.chance(0.6)
    const input = saleInput(
      this.#who.storeId,
      lines.map(productId => [productId, 1] as const),
      [byCard ? { kind: 'CARD', minor: due, token: 'tok_visa' } : { kind: 'CASH', minor: due }],
    )
    for (let wait = ASK_AGAIN_MS; ; wait = Math.min(2 * wait, ASK_AGAIN_MS_MAX)) {
      const answer = await this.#ask(COMPLETE_SALE, { input })
      const sale = answer?.completeSale as { __typename: string; order?: { number: string } } | undefined
      if (sale && !NETWORK_OUTCOMES.includes(sale.__typename)) {
        if (sale.order) this.takings.sold.set(input.id, sale.order.number)
        else this.takings.refused.set(sale.__typename, (this.takings.refused.get(sale.__typename) ?? 0) + 1)
        return
      }
      if (Date.now() > deadline()) {
        this.takings.unanswered++
        return
      }
      this.takings.again++
      await sleep(wait * (0.5 + this.#random.next()))
    }
  }

  /** Undefined for whatever is no answer to the question. */
  async #ask(query: string, variables: object): Promise<Record<string, unknown> | undefined> {
    await this.#staySignedIn()
    try {
      return await this.#send(query, variables, { authorization: `Bearer ${this.#who.token}` })
    } catch {
      return undefined
    }
  }

  async #send(query: string, variables: object, headers: Record<string, string>) {
    const response = await fetch(this.#url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query, variables }),
      signal: AbortSignal.timeout(ASK_TIMEOUT_MS),
    })
    const { data } = (await response.json()) as { data?: Record<string, unknown> | null }
    return data ?? undefined
  }

  async #staySignedIn(): Promise<void> {
    if (Date.now() < this.#signedInAt + SIGN_IN_AGAIN_MS) return
    // whoever comes in the meantime goes on with the old token, which is good for a while yet
    this.#signedInAt = Date.now()
    const { refreshToken, deviceId } = this.#who
    for (;;) {
      try {
        const answer = await this.#send(REFRESH, { input: { refreshToken, deviceId } }, {})
        const refresh = answer?.refresh as { tokens?: { accessToken: string; refreshToken: string } } | undefined
        if (!refresh?.tokens) throw new Error(`not refreshed: ${JSON.stringify(answer)}`)
        const { accessToken: token, refreshToken: next } = refresh.tokens
        this.#who = { ...this.#who, token, refreshToken: next }
        return
      } catch {
        await sleep(ASK_AGAIN_MS)
      }
    }
  }
}

export const newSeed = () => Number.parseInt(randomUUID().slice(0, 6), 16)
