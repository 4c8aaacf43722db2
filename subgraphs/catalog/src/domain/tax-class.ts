import { parseName } from '@tillgraph/rules/names'
import { parsePercent } from '@tillgraph/rules/rate'
import { MAX_TAX_RATES_PER_LINE, type TaxRate } from '@tillgraph/rules/tax'
import { readField, refuseField } from './problems.ts'

export const TAX_CLASSES_MOST = 200
export const PERIODS_MOST = 100

const CODE = /^[A-Z0-9][A-Z0-9_-]{0,19}$/
const AHEAD_MOST_MS = 10 * 365 * 24 * 3_600_000

/** The rates of a tax class from an instant on, until the next ones begin. The id of a rate is its code. */
export interface TaxClassPeriod {
  readonly validFrom: Date
  readonly rates: readonly TaxRate[]
}

/** What products are taxed with. */
export interface TaxClass {
  readonly id: string
  readonly name: string
  /** All of them, the latest first. */
  readonly periods: readonly TaxClassPeriod[]
  readonly version: number
  readonly archivedAt: Date | null
  readonly createdAt: Date
  readonly updatedAt: Date
}

export interface TaxRateInput {
  readonly code: string
  readonly name: string
  readonly percent: string
  readonly compound?: boolean | null | undefined
}

/**
 * The rates that hold at an instant. What is older than the class itself gets its first rates: the clock of a till may
 * be a little behind that of the server.
 */
export function ratesAt(periods: readonly TaxClassPeriod[], at: Date): readonly TaxRate[] {
  const period = periods.find(({ validFrom }) => validFrom <= at) ?? periods.at(-1)
  return period?.rates ?? []
}

export function readTaxClassName(text: string): string {
  return readField('name', () => parseName(text))
}

export function readRates(given: readonly TaxRateInput[]): TaxRate[] {
  if (given.length > MAX_TAX_RATES_PER_LINE)
    refuseField('rates', `A tax class has at most ${MAX_TAX_RATES_PER_LINE} rates.`)
  const rates = given.map(({ code, name, percent, compound }, index) => {
    if (!CODE.test(code)) refuseField(`rates.${index}.code`, 'A code is 1 to 20 of A to Z, 0 to 9, _ and -.')
    return {
      id: code,
      name: readField(`rates.${index}.name`, () => parseName(name)),
      rate: readField(`rates.${index}.percent`, () => parsePercent(percent)),
      compound: compound ?? false,
    }
  })
  if (new Set(rates.map(({ id }) => id)).size < rates.length) refuseField('rates', 'The same tax is given twice.')
  return rates
}

/** From when on new rates hold: now, or an instant still to come. The past has been taxed already. */
export function readValidFrom(given: Date | null | undefined, now: Date): Date {
  if (given === null || given === undefined) return now
  if (given < now) refuseField('validFrom', 'Rates cannot begin in the past: what was sold then has been taxed.')
  if (given.getTime() - now.getTime() > AHEAD_MOST_MS)
    refuseField('validFrom', 'Rates begin within ten years at the latest.')
  return given
}
