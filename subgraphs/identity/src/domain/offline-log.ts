import type { ProblemOf } from './problems.ts'

/** What a till's device last said of its log of offline sales. */
export interface OfflineLog {
  readonly registerId: string
  readonly thumbprint: string
  readonly lastSequence: number
  readonly unsent: number
  readonly reportedAt: Date
}

export type UnsentRecords = ProblemOf<'UnsentRecords'> & { readonly unsent: number; readonly reportedAt: Date }

/** Why a till cannot be taken out of use just so. */
export const unsentRecords = ({ unsent, reportedAt }: OfflineLog): UnsentRecords => ({
  __typename: 'UnsentRecords',
  code: 'UNSENT_RECORDS',
  message: `This till holds ${unsent} sales that it has not sent: connect it and let it send them first.`,
  unsent,
  reportedAt,
})
