import { refusal } from '@tillgraph/kit/errors'
import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { addDays, parseBusinessDate, rangeOfBusinessDate } from '@tillgraph/rules/business-day'
import { RuleFault } from '@tillgraph/rules/fault'
import { isUuid } from '@tillgraph/rules/uuid'
import type { StoreResolvers } from '../../generated/graphql.ts'
import type { Context } from '../context.ts'
import { isCarriedOutElsewhere } from '../domain/payment.ts'
import { sumTenders } from '../domain/report.ts'
import { sumStore } from '../store/reports.ts'
import { tenderTotals } from './tender-totals.ts'

const DAYS_MOST = 400

/** What moved in a store on business days of its own, however the clocks were changed meanwhile. */
async function sumDays(context: Context, storeId: string, given: { readonly from: string; readonly to: string }) {
  const caller = requireCaller(context)
  if (!caller.may('payments.report.read', storeId)) throw refusal('FORBIDDEN', 'This is not allowed for you.')
  const { from, to } = readDays(given)
  const store = await context.stores.find(caller.tenantId, storeId, context.requestId)
  if (!store) throw refusal('NOT_FOUND', 'There is no such store, or it is not yours to see.')
  const start = new Date(rangeOfBusinessDate(from, store).start)
  const end = new Date(rangeOfBusinessDate(to, store).end)
  return {
    from,
    to,
    currency: store.currency,
    sums: await sumStore(context.database, caller.tenantId, storeId, start, end),
  }
}

function readDays({ from, to }: { readonly from: string; readonly to: string }) {
  try {
    parseBusinessDate(from)
    parseBusinessDate(to)
  } catch (error) {
    if (error instanceof RuleFault) throw refusal('BAD_USER_INPUT', error.message)
    throw error
  }
  if (to < from || addDays(from, DAYS_MOST - 1) < to)
    throw refusal('BAD_USER_INPUT', `A report covers 1 to ${DAYS_MOST} days.`)
  return { from, to }
}

export const Store: StoreResolvers = {
  __resolveReference: ({ id }) => (isUuid(id) ? { id } : null),
  paymentMethodReport: async ({ id }, args, context) => {
    const { from, to, currency, sums } = await sumDays(context, id, args)
    const tenders = sumTenders(sums)
    const net = tenders.reduce((sum, { taken, refunded }) => sum + taken - refunded, 0n)
    const tips = tenders.reduce((sum, tender) => sum + tender.tips, 0n)
    return {
      from,
      to,
      tenders: tenderTotals(tenders, currency),
      net: { minor: net, currency },
      tips: { minor: tips, currency },
    }
  },
  settlementReport: async ({ id }, args, context) => {
    const { from, to, currency, sums } = await sumDays(context, id, args)
    const processors = sumTenders(sums, true)
      .filter(({ tender }) => isCarriedOutElsewhere(tender))
      .map(({ tender, processor, payments, taken, refunded, tips }) => ({
        processor: processor ?? '',
        tender,
        payments,
        captured: { minor: taken + tips, currency },
        refunded: { minor: refunded, currency },
        net: { minor: taken + tips - refunded, currency },
      }))
    return { from, to, processors }
  },
}
