import type { CurrencyCode } from '@tillgraph/rules/currency'
import { addFigures, type Figures, NO_FIGURES } from '../domain/sales-figures.ts'
import type { DayFigures, ReportRange } from '../store/sales-figures.ts'

export interface StoreReference {
  readonly id: string
}

/** A report as its fields share it: what the days came to is read once. */
export interface SalesReport {
  readonly range: ReportRange
  readonly currency: CurrencyCode
  readonly days: readonly DayFigures[]
  readonly whole: Figures
}

export interface FiguresOfReport {
  readonly figures: Figures
  readonly currency: CurrencyCode
}

export interface SubjectOfReport extends FiguresOfReport {
  readonly subject: string
}

export interface PeriodOfReport extends FiguresOfReport {
  readonly start: string
}

export function sumDays(days: readonly DayFigures[]): Figures {
  return days.reduce((sum, { figures }) => addFigures(sum, figures), NO_FIGURES)
}
