import { refusal } from '@tillgraph/kit/errors'
import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { parseEmailAddress } from '@tillgraph/rules/email-address'
import { InputFault } from '@tillgraph/rules/input-fault'
import { readId, readNote } from '@tillgraph/rules/input-fields'
import { money } from '@tillgraph/rules/money'
import type {
  MutationResolvers,
  PrintReceiptSuccessResolvers,
  ReceiptCopyResolvers,
  ReceiptResolvers,
  ReceiptTenderResolvers,
} from '../../generated/graphql.ts'
import { type Context, peerCaller } from '../context.ts'
import { sumTaxes } from '../domain/order.ts'
import { formatNumber } from '../domain/order-number.ts'
import { isInvalid, notConfigured, notFound, readInput } from '../domain/problems.ts'
import { receiptEscPos } from '../receipts/esc-pos.ts'
import { receiptHtml } from '../receipts/html.ts'
import { layOut } from '../receipts/layout.ts'
import { localTime, type PrintedReceipt, receiptCode, textLines } from '../receipts/receipt.ts'
import { loadCopies } from '../store/receipt-copies.ts'
import { composeReceipt } from '../usecases/compose-receipt.ts'
import { giveReceipt, type WantedCopy } from '../usecases/give-receipt.ts'
import { totalsOf } from './order.ts'

const MESSAGE_CHARACTERS_MOST = 500
const COLUMNS_LEAST = 24
const COLUMNS_MOST = 64
const CODE_PAGES_MOST = 8

/** Reads what names a copy, and that the order is one that the caller sees. */
async function readCopy(
  context: Context,
  input: { readonly id: string; readonly orderId: string },
  read: () => Pick<WantedCopy, 'channel' | 'registerId' | 'email' | 'message' | 'state'>,
) {
  const caller = requireCaller(context)
  const wanted = readInput(
    (): WantedCopy => ({
      id: readId('id', input.id),
      orderId: readId('orderId', input.orderId),
      madeBy: caller.kind === 'person' ? caller.subject : null,
      madeAt: context.clock.now(),
      ...read(),
    }),
  )
  if (isInvalid(wanted)) return wanted
  const order = await context.loaders.order.load(wanted.orderId)
  return order ? ({ __typename: 'Wanted', wanted, order } as const) : notFound('order')
}

export const printReceipt: NonNullable<MutationResolvers['printReceipt']> = async (_, { input }, context) => {
  const caller = requireCaller(context)
  const registerId = input.registerId ?? caller.registerId ?? null
  const read = await readCopy(context, input, () => ({
    ...{ channel: 'PRINT', email: null, message: null, state: null },
    registerId: registerId === null ? null : readId('registerId', registerId),
  }))
  if (read.__typename !== 'Wanted') return read
  const given = await context.database.write(caller.tenantId, session => giveReceipt(session, read.wanted))
  if (given.__typename !== 'Given') return given
  const receipt = await composeReceipt(context, peerCaller(context), read.order)
  return { __typename: 'PrintReceiptSuccess', receipt, copy: given.copy }
}

export const emailReceipt: NonNullable<MutationResolvers['emailReceipt']> = async (_, { input }, context) => {
  const { mail } = context
  if (!mail) return notConfigured('This installation sends no e-mail: whoever runs it must set SMTP_URL and SMTP_FROM.')
  const caller = requireCaller(context)
  const read = await readCopy(context, input, () => ({
    ...{ channel: 'EMAIL', registerId: null, state: 'QUEUED' },
    email: InputFault.at('to', () => parseEmailAddress(input.to)),
    message: readNote('message', input.message, MESSAGE_CHARACTERS_MOST),
  }))
  if (read.__typename !== 'Wanted') return read
  const given = await context.database.write(caller.tenantId, session => giveReceipt(session, read.wanted))
  if (given.__typename !== 'Given') return given
  if (given.copy.state === 'QUEUED') await mail.enqueue(caller.tenantId, given.copy.id)
  return { __typename: 'EmailReceiptSuccess', copy: given.copy }
}

export const Receipt: ReceiptResolvers = {
  number: ({ order }) => formatNumber(order.number),
  storeName: ({ store }) => store.name,
  storeAddress: ({ store }) => [...store.address],
  header: ({ store }) => textLines(store.header),
  footer: ({ store }) => textLines(store.footer),
  taxNumber: ({ store }) => store.taxNumber,
  soldAt: ({ order }) => order.completedAt ?? order.createdAt,
  soldAtLocal: ({ order, store }) => localTime(order.completedAt ?? order.createdAt, store.timeZone),
  lines: ({ order }) => order.lines.map(line => ({ line, currency: order.currency })),
  totals: ({ order }) => totalsOf(order),
  taxes: ({ order }) => sumTaxes(order.lines).map(sum => ({ ...sum, currency: order.currency })),
  tenders: ({ tenders, order }) => tenders.map(tender => ({ tender, currency: order.currency })),
  change: ({ order }) => money(order.change, order.currency),
  tips: ({ order }) => money(order.tips, order.currency),
  returns: ({ returns, order }) => returns.map(given => ({ given, currency: order.currency })),
  code: ({ order }) => receiptCode(order),
  copies: async ({ order }, _, context) => (await copiesOf(context, order.id))[0]?.copy ?? 0,
  log: ({ order }, _, context) => copiesOf(context, order.id),
}

const copiesOf = (context: Context, orderId: string) =>
  loadCopies(context.database, requireCaller(context).tenantId, orderId)

export const ReceiptTender: ReceiptTenderResolvers = {
  kind: ({ tender }) => tender.kind,
  amount: ({ tender, currency }) => money(tender.tendered, currency),
  tip: ({ tender, currency }) => money(tender.tip, currency),
  cardBrand: ({ tender }) => tender.brand,
  cardLastFour: ({ tender }) => tender.lastFour,
}

export const ReceiptCopy: ReceiptCopyResolvers = {
  number: ({ copy }) => copy,
  isReprint: ({ copy }) => copy > 1,
  madeBy: ({ madeBy }) => (madeBy === null ? null : { id: madeBy }),
}

const rowsOf = ({ receipt, copy }: PrintedReceipt) => layOut(receipt, copy)
const titleOf = ({ receipt }: PrintedReceipt) => `Receipt ${formatNumber(receipt.order.number)}`

export const PrintReceiptSuccess: PrintReceiptSuccessResolvers = {
  html: (printed, { paper }) => receiptHtml(rowsOf(printed), titleOf(printed), paper),
  pdf: async (printed, { paper }, { pdfs }) =>
    (await pdfs.render(rowsOf(printed), titleOf(printed), paper)).toString('base64'),
  escPos(printed, { columns, codePages, cut, openDrawer }) {
    if (columns < COLUMNS_LEAST || columns > COLUMNS_MOST)
      throw refusal('BAD_USER_INPUT', `columns must be a whole number from ${COLUMNS_LEAST} to ${COLUMNS_MOST}`)
    if (codePages.length === 0 || codePages.length > CODE_PAGES_MOST)
      throw refusal('BAD_USER_INPUT', `codePages must name 1 to ${CODE_PAGES_MOST} tables`)
    return receiptEscPos(rowsOf(printed), { columns, codePages, cut, openDrawer }).toString('base64')
  },
}
