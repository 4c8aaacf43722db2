import { refusal } from '@tillgraph/kit/errors'
import { readPage, toConnection } from '@tillgraph/kit/pages'
import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { businessDateOf, parseBusinessDate } from '@tillgraph/rules/business-day'
import { RuleFault } from '@tillgraph/rules/fault'
import { type Money, money } from '@tillgraph/rules/money'
import { formatQuantity } from '@tillgraph/rules/quantity'
import { formatPercent, RATE_ONE } from '@tillgraph/rules/rate'
import { divide } from '@tillgraph/rules/rounding'
import { isUuid } from '@tillgraph/rules/uuid'
import type {
  CashierSalesResolvers,
  CategorySalesResolvers,
  CustomerSalesResolvers,
  HourSalesResolvers,
  OrderStatisticsResolvers,
  PeriodSalesResolvers,
  ProductSalesResolvers,
  SalesFiguresResolvers,
  SalesReportResolvers,
  StoreResolvers,
  TaxSalesResolvers,
} from '../../generated/graphql.ts'
import type { Context } from '../context.ts'
import { daysBetween, periodsOf, startOfPeriod } from '../domain/periods.ts'
import { addFigures, type Dimension, type Figures, NO_FIGURES, readTaxSubject } from '../domain/sales-figures.ts'
import { type FiguresOfReport, type SalesReport as Report, sumDays } from '../reports/sales-report.ts'
import { type BestPlace, loadBest, loadDays, loadFew } from '../store/sales-figures.ts'
import { addUpAll } from '../usecases/add-up-sales.ts'
import { findStore } from './find-store.ts'

const DAYS_MOST = 366
const WHOLE_NUMBER = /^[0-9]{1,18}$/
const THOUSAND = 1_000n

/** A store whose reports the caller may read. */
async function reportedStore(context: Context, storeId: string) {
  if (!requireCaller(context).may('orders.report.read', storeId))
    throw refusal('FORBIDDEN', 'This is not allowed for you.')
  const store = await findStore(context, storeId)
  if (!store) throw refusal('NOT_FOUND', 'There is no such store, or it is not yours to see.')
  return store
}

function readDate(name: string, given: string): string {
  try {
    return parseBusinessDate(given)
  } catch (error) {
    if (error instanceof RuleFault) throw refusal('BAD_USER_INPUT', `${name} must be a day such as 2026-03-29`)
    throw error
  }
}

export const Store: StoreResolvers = {
  __resolveReference: async ({ id }, context) => ((await findStore(context, id)) ? { id } : null),
  async businessDate({ id }, _, context) {
    return businessDateOf(context.clock.now().getTime(), await reportedStore(context, id))
  },
  async salesReport({ id }, given, context) {
    const store = await reportedStore(context, id)
    const today = businessDateOf(context.clock.now().getTime(), store)
    const from = readDate('from', given.from ?? given.until ?? today)
    const until = readDate('until', given.until ?? (given.from == null || given.from > today ? from : today))
    if (from > until || daysBetween(from, until) > DAYS_MOST)
      throw refusal('BAD_USER_INPUT', `until must not be before from, nor more than ${DAYS_MOST - 1} days after it`)
    const { tenantId } = requireCaller(context)
    await addUpAll(context, tenantId, context.requestId)
    const range = { tenantId, storeId: id, from, until }
    const days = await loadDays(context.database, range)
    return { range, currency: store.currency, days, whole: sumDays(days) }
  },
}

const moneyOf =
  (read: (figures: Figures) => bigint) =>
  ({ figures, currency }: FiguresOfReport): Money =>
    money(read(figures), currency)

export const SalesReport: SalesReportResolvers = {
  from: ({ range }) => range.from,
  until: ({ range }) => range.until,
  figures: ({ whole, currency }) => ({ figures: whole, currency }),
  statistics: ({ whole, currency }) => ({ figures: whole, currency }),
  tips: ({ whole, currency }) => money(whole.tips, currency),
  cashRounding: ({ whole, currency }) => money(whole.cashRounding, currency),
  refunded: ({ whole, currency }) => money(whole.refunded, currency),
  taxes: (report, _, context) => few(report, 'TAX', context),
  byHour: (report, _, context) => few(report, 'HOUR', context),
  byPeriod({ range, currency, days }, { period }) {
    const sums = new Map(periodsOf(range.from, range.until, period).map(start => [start, NO_FIGURES]))
    for (const { businessDate, figures } of days) {
      const start = startOfPeriod(businessDate, period)
      sums.set(start, addFigures(sums.get(start) ?? NO_FIGURES, figures))
    }
    return [...sums].map(([start, figures]) => ({ start, figures, currency }))
  },
  byProduct: (report, given, context) => best(report, 'PRODUCT', given, context),
  byCategory: (report, given, context) => best(report, 'CATEGORY', given, context),
  byCashier: (report, given, context) => best(report, 'CASHIER', given, context),
  topCustomers: (report, given, context) => best(report, 'CUSTOMER', given, context),
}

async function few({ range, currency }: Report, dimension: 'HOUR' | 'TAX', { database }: Context) {
  return (await loadFew(database, range, dimension)).map(found => ({ ...found, currency }))
}

async function best(
  { range, currency }: Report,
  dimension: Dimension,
  given: { readonly first?: number | null | undefined; readonly after?: string | null | undefined },
  { database }: Context,
) {
  const order = `${dimension.toLowerCase()} sales`
  const page = readPage<BestPlace>(order, 2, given)
  const [total, subject] = page.after ?? ['0', '']
  if (!WHOLE_NUMBER.test(total) || !(subject === '' || isUuid(subject)))
    throw refusal('BAD_USER_INPUT', 'after must be a cursor that this list has given out')
  const rows = await loadBest(database, range, dimension, page)
  const nodes = rows.map(row => ({ ...row, currency }))
  return toConnection<(typeof nodes)[number], BestPlace>(order, page, nodes, row => [
    String(row.figures.total),
    row.subject,
  ])
}

export const SalesFigures: SalesFiguresResolvers = {
  orders: ({ figures }) => Number(figures.orders),
  gross: moneyOf(figures => figures.gross),
  discount: moneyOf(figures => figures.discount),
  net: moneyOf(figures => figures.net),
  tax: moneyOf(figures => figures.tax),
  total: moneyOf(figures => figures.total),
  returns: ({ figures }) => Number(figures.returns),
  returnedNet: moneyOf(figures => figures.returnedNet),
  returnedTax: moneyOf(figures => figures.returnedTax),
  returnedTotal: moneyOf(figures => figures.returnedTotal),
  netAfterReturns: moneyOf(figures => figures.net - figures.returnedNet),
  totalAfterReturns: moneyOf(figures => figures.total - figures.returnedTotal),
}

export const OrderStatistics: OrderStatisticsResolvers = {
  sold: ({ figures }) => Number(figures.orders),
  cancelled: ({ figures }) => Number(figures.cancelled),
  returns: ({ figures }) => Number(figures.returns),
  lines: ({ figures }) => Number(figures.lines),
  averageTotal: ({ figures, currency }) =>
    figures.orders === 0n ? null : money(divide(figures.total, figures.orders, 'HALF_AWAY_FROM_ZERO'), currency),
  averageLines: ({ figures }) =>
    figures.orders === 0n
      ? null
      : formatQuantity(divide(figures.lines * THOUSAND, figures.orders, 'HALF_AWAY_FROM_ZERO')),
  discountPercent: ({ figures }) =>
    figures.gross === 0n
      ? null
      : formatPercent(divide(figures.discount * RATE_ONE, figures.gross, 'HALF_AWAY_FROM_ZERO')),
}

export const PeriodSales: PeriodSalesResolvers = { figures: report => report }

export const HourSales: HourSalesResolvers = { hour: ({ subject }) => Number(subject), figures: report => report }

export const TaxSales: TaxSalesResolvers = {
  code: ({ subject }) => readTaxSubject(subject).code,
  name: ({ subject }) => readTaxSubject(subject).name,
  percent: ({ subject }) => formatPercent(readTaxSubject(subject).rate),
  net: moneyOf(figures => figures.net),
  amount: moneyOf(figures => figures.tax),
  returnedNet: moneyOf(figures => figures.returnedNet),
  returnedAmount: moneyOf(figures => figures.returnedTax),
}

export const ProductSales: ProductSalesResolvers = {
  product: ({ subject }) => ({ id: subject }),
  quantity: ({ figures }) => formatQuantity(figures.quantity),
  returnedQuantity: ({ figures }) => formatQuantity(figures.returnedQuantity),
  figures: report => report,
}

const nullable = (subject: string) => (subject === '' ? null : { id: subject })

export const CategorySales: CategorySalesResolvers = {
  category: ({ subject }) => nullable(subject),
  figures: report => report,
}

export const CashierSales: CashierSalesResolvers = {
  cashier: ({ subject }) => nullable(subject),
  figures: report => report,
}

export const CustomerSales: CustomerSalesResolvers = {
  customer: ({ subject }) => ({ id: subject }),
  figures: report => report,
}
