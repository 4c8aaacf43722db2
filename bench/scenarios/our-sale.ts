import { randomUUID } from 'node:crypto'
import { Refused, type Scenario } from '../harness/scenario.ts'

export interface OurSale {
  readonly headers: Readonly<Record<string, string>>
  readonly storeId: string
  readonly productIds: readonly string[]
}

const LINES = 3
const MAX_TOLD_CHARACTERS = 300

const COMPLETE_SALE = `mutation Sell($input: CompleteSaleInput!) { completeSale(input: $input) { __typename
  ... on CompleteSaleSuccess { order { id number status totals { total { amount } } } change { amount } }
  ... on Problem { code message } } }`

/** One till that sells: three lines, paid in cash, in one call. Every sale has ids of its own. */
export const scenario: Scenario<OurSale> = ({ index, connection, parameters }) => {
  const { headers, storeId, productIds } = parameters
  let sold = 0
  return async () => {
    const lines = Array.from({ length: LINES }, (_, line) => ({
      productId: productIds[(index * 131 + sold * 17 + line * 337) % productIds.length],
      quantity: '1',
    }))
    const tenders = [{ id: randomUUID(), kind: 'CASH', amount: { amount: '10000.00', currency: 'EUR' } }]
    const input = { id: randomUUID(), storeId, lines, tenders }
    const body = JSON.stringify({ query: COMPLETE_SALE, variables: { input } })
    const answer = await connection.send(connection.prepare('/graphql', headers, body))
    const text = answer.body.toString()
    const { data } = JSON.parse(text) as {
      data?: { completeSale?: { __typename: string; order?: { id: string; status: string } } }
    }
    const sale = data?.completeSale
    if (sale?.__typename !== 'CompleteSaleSuccess') throw new Refused(text.slice(0, MAX_TOLD_CHARACTERS))
    if (sale.order?.id !== input.id || sale.order.status !== 'COMPLETED') throw new Error(`not what was sold: ${text}`)
    sold++
  }
}
