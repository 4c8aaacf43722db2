import { formatMoney, money } from '@tillgraph/rules/money'
import { formatNumber } from '../domain/order-number.ts'
import type { PaymentNotice } from '../domain/payment-notice.ts'
import { plainText } from '../domain/plain-text.ts'
import type { NoticeFacts } from '../peers/notice-facts.ts'
import type { Mail } from './send-mail.ts'

interface About extends NoticeFacts {
  /** Of the order. */
  readonly number: bigint | undefined
}

/** What the managers of a store are written about a payment that nobody paid: what it was, and what can be done. */
export function noticeMail(notice: PaymentNotice, { store, managers, number }: About): Mail {
  const storeName = plainText(store.name)
  const { currency, amount, tip, kind, tender, declineCode } = notice
  const sum = `${formatMoney(money(amount + tip, currency))} ${currency}`
  const order = number === undefined ? notice.orderId : formatNumber(number)
  const taken = new Intl.DateTimeFormat('sv-SE', {
    ...{ timeZone: store.timeZone, dateStyle: 'short', timeStyle: 'short' },
  }).format(notice.takenAt)
  const became = kind === 'DECLINED' ? 'was declined' : 'could not be collected in time'
  const lines = [
    `A payment that a till of ${storeName} took while it was cut off ${became}.`,
    '',
    `Order: ${order}`,
    `Amount: ${sum}`,
    `Paid by: ${tender}`,
    `Taken: ${taken} (${store.timeZone})`,
    `Reason: ${plainText(declineCode)}`,
    '',
    'The goods were handed over, so the customer owes this amount. Try the payment again by another means,',
    'or note that it was seen to.',
  ]
  return {
    to: managers,
    fromName: storeName,
    subject: `Offline payment of ${sum} ${became}: order ${order}, ${storeName}`,
    text: lines.join('\n'),
    html: `<!doctype html><meta charset="utf-8"><p>${lines.map(escapeHtml).join('<br>\n')}</p>`,
    messageId: `<notice-${notice.paymentId}@tillgraph>`,
  }
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, character => entities[character] ?? '')
}
