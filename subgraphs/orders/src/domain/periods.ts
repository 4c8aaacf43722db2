import { addDays, type BusinessDate } from '@tillgraph/rules/business-day'

export type SalesPeriod = 'DAY' | 'WEEK' | 'MONTH'

const DAYS_OF_A_WEEK = 7

/** The first day of the period that a day lies in; weeks begin on Monday. */
export function startOfPeriod(date: BusinessDate, period: SalesPeriod): BusinessDate {
  switch (period) {
    case 'DAY':
      return date
    case 'WEEK':
      return addDays(date, -((new Date(`${date}T00:00:00Z`).getUTCDay() + DAYS_OF_A_WEEK - 1) % DAYS_OF_A_WEEK))
    case 'MONTH':
      return `${date.slice(0, 8)}01`
  }
}

/** The first days of all periods that a range of days lies in, in their order. */
export function periodsOf(from: BusinessDate, until: BusinessDate, period: SalesPeriod): BusinessDate[] {
  const starts: BusinessDate[] = []
  for (let date = from; date <= until; date = addDays(date, 1)) {
    const start = startOfPeriod(date, period)
    if (starts.at(-1) !== start) starts.push(start)
  }
  return starts
}

/** How many days there are from one to another, both included. */
export function daysBetween(from: BusinessDate, until: BusinessDate): number {
  return (Date.parse(`${until}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / 86_400_000 + 1
}
