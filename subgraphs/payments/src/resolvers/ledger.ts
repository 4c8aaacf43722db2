import { readPage, toConnection } from '@tillgraph/kit/pages'
import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { isUuid } from '@tillgraph/rules/uuid'
import type { LedgerAccountResolvers, QueryResolvers } from '../../generated/graphql.ts'
import { listAccounts } from '../store/ledger.ts'
import { proveLedger } from '../store/prove-ledger.ts'
import { underway } from '../usecases/underway.ts'

export const ledgerProof: NonNullable<QueryResolvers['ledgerProof']> = async (_, __, context) => {
  const { tenantId } = requireCaller(context)
  // copies that come while it is read get the same
  const { transfers, accounts, unbalanced, wrong, totals } = await underway(context, `proof ${tenantId}`, () =>
    proveLedger(context.database, tenantId),
  )
  const holds = unbalanced.length === 0 && wrong.length === 0 && totals.every(({ minor }) => minor === 0n)
  return {
    holds,
    transfers,
    accounts,
    unbalancedTransfers: [...unbalanced],
    wrongBalances: [...wrong],
    totals: [...totals],
  }
}

export const ledgerAccounts: NonNullable<QueryResolvers['ledgerAccounts']> = async (_, args, context) => {
  const page = readPage<[string]>('ledger-accounts', 1, args)
  const storeId = args.storeId ?? null
  const rows =
    storeId !== null && !isUuid(storeId)
      ? []
      : await listAccounts(
          context.database,
          requireCaller(context).tenantId,
          storeId,
          args.kind ?? null,
          page.after?.[0] ?? null,
          page.first + 1,
        )
  return toConnection('ledger-accounts', page, rows, ({ id }) => [id])
}

export const LedgerAccount: LedgerAccountResolvers = {
  balance: ({ balance, currency }) => ({ minor: balance, currency }),
}
