import { formatPercent } from '@tillgraph/rules/rate'
import { isUuid } from '@tillgraph/rules/uuid'
import type { TaxClassResolvers, TaxRateResolvers, TaxSettingsResolvers } from '../../generated/graphql.ts'
import { ratesAt } from '../domain/tax-class.ts'
import { present } from '../present.ts'

export const TaxClass: TaxClassResolvers = {
  __resolveReference: async ({ id }, context) =>
    isUuid(id) ? ((await context.load.taxClasses.load(id)) ?? null) : null,
  rates: ({ periods }, _, { clock }) => [...ratesAt(periods, clock.now())],
  history: ({ periods }) => [...periods],
  isDefault: async ({ id }, _, context) => (await context.load.taxSettings())?.defaultTaxClassId === id,
}

export const TaxRate: TaxRateResolvers = {
  code: ({ id }) => id,
  percent: ({ rate }) => formatPercent(rate),
  compound: ({ compound }) => compound ?? false,
}

export const TaxSettings: TaxSettingsResolvers = {
  defaultTaxClass: async ({ defaultTaxClassId }, _, context) =>
    present(await context.load.taxClasses.load(defaultTaxClassId)),
}
