import { formatNumber } from '../domain/order-number.ts'
import { plainText } from '../domain/plain-text.ts'
import { receiptHtml } from '../receipts/html.ts'
import { layOut, type ReceiptRow } from '../receipts/layout.ts'
import type { PdfRenderer } from '../receipts/pdf-renderer.ts'
import { type GivenReceipt, type Receipt, textLines } from '../receipts/receipt.ts'
import type { Mail } from './send-mail.ts'

/** The e-mail that a receipt is sent in: as text, as a page, and as a PDF to be kept. */
export async function receiptMail(receipt: Receipt, copy: GivenReceipt, to: string, pdfs: PdfRenderer): Promise<Mail> {
  const storeName = plainText(receipt.store.name)
  const number = formatNumber(receipt.order.number)
  const rows = layOut(receipt, copy)
  const message = textLines(copy.message ?? '').map((text): ReceiptRow => ({ kind: 'note', text }))
  const withMessage: ReceiptRow[] = message.length === 0 ? rows : [...message, { kind: 'rule' }, ...rows]
  return {
    to: [to],
    fromName: storeName,
    subject: `Your receipt ${number} from ${storeName}`,
    text: withMessage.map(textOf).join('\n'),
    html: receiptHtml(withMessage, `Receipt ${number}`, 'MM80'),
    attachment: {
      name: `receipt-${number}.pdf`,
      type: 'application/pdf',
      content: await pdfs.render(rows, `Receipt ${number}`, 'A4'),
    },
    messageId: `<receipt-${copy.id}@tillgraph>`,
  }
}

function textOf(row: ReceiptRow): string {
  switch (row.kind) {
    case 'pair':
    case 'strong':
    case 'fine':
      return row.right === '' ? `  ${row.left}` : `${row.left}: ${row.right}`
    case 'rule':
      return '-'.repeat(40)
    case 'code':
      return row.caption
    default:
      return row.text
  }
}
