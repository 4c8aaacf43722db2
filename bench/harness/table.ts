import type { Figures, Point } from './benchmark.ts'
import { ratio } from './statistics.ts'

interface Column {
  readonly title: string
  cell(point: Point, baseline: Figures | undefined): string | undefined
}

const COLUMNS: readonly Column[] = [
  { title: 'case', cell: point => point.case },
  { title: 'at once', cell: point => String(point.concurrency) },
  { title: 'subject', cell: point => point.subject },
  { title: 'per second', cell: point => digits(point.figures.per_second) },
  { title: '×', cell: (point, baseline) => times(point.figures.per_second, baseline?.per_second) },
  { title: 'median ms', cell: point => digits(point.figures.median_ms) },
  { title: 'p99 ms', cell: point => digits(point.figures.p99_ms) },
  { title: 'CPU µs each', cell: point => digits(point.figures.cpu_us_per_step) },
  { title: 'CPU ×', cell: (point, baseline) => times(baseline?.cpu_us_per_step, point.figures.cpu_us_per_step) },
  { title: 'MB', cell: point => digits(point.figures.memory_mb) },
]

/** A Markdown table, so that what a run prints can stand in a page as it is. Columns without a figure are left out. */
export function table(points: readonly Point[], baseline: string | undefined): string {
  const further = [...new Set(points.flatMap(point => Object.keys(point.figures.further)))]
  const columns = [
    ...COLUMNS,
    ...further.map(title => ({ title, cell: (point: Point) => digits(point.figures.further[title]) })),
  ]
  const rows = points.map(point => {
    const reference = points.find(
      other => other.subject === baseline && other.case === point.case && other.concurrency === point.concurrency,
    )
    return columns.map(column => column.cell(point, reference?.figures))
  })
  const used = columns.map((_, index) => rows.some(row => row[index] !== undefined))
  const lines = [columns.map(column => column.title), ...rows].map(row => row.filter((_, index) => used[index]))
  const widths = (lines[0] ?? []).map((_, index) => Math.max(...lines.map(line => (line[index] ?? '').length)))
  const text = lines.map(line => `| ${line.map((cell, index) => align(cell ?? '', widths, index)).join(' | ')} |`)
  const rule = `|${widths.map((width, index) => (isText(index) ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`
  return [text[0], rule, ...text.slice(1)].join('\n')
}

/** Case and subject are read from the left; all else is a number. */
function isText(index: number): boolean {
  return index === 0 || index === 2
}

function align(cell: string, widths: readonly number[], index: number): string {
  const width = widths[index] ?? 0
  return isText(index) ? cell.padEnd(width) : cell.padStart(width)
}

function times(ours: number | undefined, theirs: number | undefined): string | undefined {
  const value = ratio(ours, theirs)
  return value === null ? undefined : String(value)
}

function digits(value: number | undefined): string | undefined {
  if (value === undefined) return undefined
  if (value >= 100) return Math.round(value).toLocaleString('en-GB')
  return value >= 10 ? value.toFixed(1) : value.toFixed(2)
}
