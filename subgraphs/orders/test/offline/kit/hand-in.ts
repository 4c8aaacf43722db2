import { makeId } from '@tillgraph/kit/ids'
import type { OrdersUnderTest, TestShop } from '../../kit/orders.ts'
import type { TestTill } from './tills.ts'

export interface Answer {
  readonly hash: string
  readonly outcome: 'ACCEPTED' | 'KNOWN' | 'REFUSED' | 'LATER'
  readonly verdict: 'ACCEPTED' | 'REFUSED' | null
  readonly sequence: number | null
  readonly orderId: string | null
  readonly code: string | null
  readonly message: string | null
}

const SUBMIT = `mutation ($input: SubmitOfflineBatchInput!) { submitOfflineBatch(input: $input) { __typename
  ... on Problem { code message } ... on InvalidInput { field }
  ... on SubmitOfflineBatchSuccess { results { hash outcome verdict sequence orderId code message } } } }`

/** Hands records in; the answers to them. Fails the test where the batch itself was not taken. */
export async function handIn(
  orders: OrdersUnderTest,
  till: TestTill,
  records: readonly string[],
  options: { readonly token?: string; readonly sentAt?: Date; readonly process?: number } = {},
): Promise<Answer[]> {
  const answer = await orders.first<{ results?: Answer[] }>(
    SUBMIT,
    { input: { registerId: till.registerId, records, sentAt: options.sentAt?.toISOString() } },
    options.token ?? till.shop.token,
    options.process,
  )
  if (!answer.results) throw new Error(JSON.stringify(answer))
  return answer.results
}

/** Gives a till its numbers, as its app asks for them. */
export async function giveNumbers(orders: OrdersUnderTest, shop: TestShop, till: TestTill, size = 500): Promise<void> {
  const { block } = await orders.first<{ block?: { first: string } }>(
    `mutation ($input: TakeNumberBlockInput!) { takeNumberBlock(input: $input) { __typename
      ... on Problem { message } ... on TakeNumberBlockSuccess { block { first } } } }`,
    { input: { id: makeId(), registerId: till.registerId, size } },
    shop.token,
  )
  if (!block) throw new Error('A till gets its numbers')
  till.nextNumber = BigInt(block.first)
}
