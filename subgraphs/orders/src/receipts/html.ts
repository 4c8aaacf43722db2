import { toSVG } from 'bwip-js/node'
import type { ReceiptRow } from './layout.ts'

/** Paper of a till's printer, 80 mm wide, or a page. */
export type ReceiptPaper = 'MM80' | 'A4'

const PAGES: Readonly<Record<ReceiptPaper, string>> = {
  MM80: '@page{size:80mm auto;margin:3mm}main{width:74mm}',
  A4: '@page{size:A4;margin:18mm}main{width:120mm}',
}

// No font, picture or script from elsewhere: it is mailed, kept and printed without a network.
const STYLE = `
body{margin:0;background:#fff;color:#111;font:10pt/1.4 system-ui,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
main{margin:0 auto;padding:3mm;box-sizing:border-box}
h1{font-size:15pt;line-height:1.2;margin:0 0 1.5mm;text-align:center;overflow-wrap:anywhere}
h2{font-size:9pt;margin:0 0 .5mm;font-weight:600}
p{margin:0;overflow-wrap:anywhere}
.centered{text-align:center}
.mark{margin:2mm 0 0;padding:1mm;border:1.5pt solid #111;text-align:center;font-weight:700}
hr{border:0;border-top:.75pt dashed #777;margin:2.5mm 0}
.row{display:flex;gap:4mm;justify-content:space-between;break-inside:avoid}
.row span:first-child{overflow-wrap:anywhere;min-width:0}
.row span:last-child{flex:none;max-width:70%;overflow-wrap:anywhere;text-align:right;font-variant-numeric:tabular-nums}
.strong{font-weight:700;font-size:12pt}
.fine{color:#444;font-size:8.5pt}
.code{text-align:center;margin-top:3mm;break-inside:avoid}
.code svg{width:28mm;height:28mm}
.code p{color:#444;font-size:7pt}`

/** A receipt as a page that stands by itself. */
export function receiptHtml(rows: readonly ReceiptRow[], title: string, paper: ReceiptPaper): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(title)}</title><style>${PAGES[paper]}${STYLE}</style></head>
<body><main>
${rows.map(rowHtml).join('\n')}
</main></body></html>
`
}

function rowHtml(row: ReceiptRow): string {
  switch (row.kind) {
    case 'title':
      return `<h1 dir="auto">${escaped(row.text)}</h1>`
    case 'heading':
      return `<h2 dir="auto">${escaped(row.text)}</h2>`
    case 'centered':
    case 'mark':
      return `<p class="${row.kind}" dir="auto">${escaped(row.text)}</p>`
    case 'note':
      return `<p dir="auto">${escaped(row.text)}</p>`
    case 'pair':
    case 'strong':
    case 'fine':
      return `<div class="row ${row.kind}"><span dir="auto">${escaped(row.left)}</span><span>${escaped(row.right)}</span></div>`
    case 'rule':
      return '<hr>'
    case 'code': {
      const picture = toSVG({ bcid: 'qrcode', text: row.content, scale: 2 })
      return `<div class="code">${picture}<p>${escaped(row.caption)}</p></div>`
    }
  }
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, character => ENTITIES[character] ?? '')
}
