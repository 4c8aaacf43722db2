import type { CurrencyCode } from '@tillgraph/rules/currency'

/** Something of another subgraph's, of which payments knows the id. */
export interface Reference {
  readonly id: string
}

/** Whose credit was issued, and in what. */
export interface CreditIssued {
  readonly __typename: 'IssueStoreCreditSuccess'
  readonly customerId: string
  readonly currency: CurrencyCode
}
