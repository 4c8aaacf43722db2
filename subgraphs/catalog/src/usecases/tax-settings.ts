import { taxSettingsChanged } from '@tillgraph/kit/events/catalog'
import { writeEvent } from '@tillgraph/kit/events/outbox'
import { isUuid } from '@tillgraph/rules/uuid'
import type { UpdateTaxSettingsInput } from '../../generated/graphql.ts'
import type { Context } from '../context.ts'
import { changedMeanwhile, notFound } from '../domain/problems.ts'
import type { TaxSettings } from '../domain/tax-settings.ts'
import { taxClassIn } from '../store/save-tax-class.ts'
import { ensureTaxSettings, saveTaxSettings } from '../store/tax-settings.ts'
import { type Asked, change, changeAlways } from './change.ts'

/** The settings of a business; made at the first time that anybody asks for them. */
export async function taxSettingsOf(context: Context): Promise<TaxSettings> {
  return (await context.load.taxSettings()) ?? changeAlways(context, ensureTaxSettings)
}

export function updateTaxSettings(context: Context, input: UpdateTaxSettingsInput, info: Asked['info']) {
  return change(context, { info, content: input }, async (work, begun) => {
    const before = await ensureTaxSettings(work, begun)
    if (input.version !== undefined && input.version !== null && input.version !== before.version)
      return changedMeanwhile
    const defaultTaxClassId = input.defaultTaxClassId ?? before.defaultTaxClassId
    const taxClass = isUuid(defaultTaxClassId) ? await taxClassIn(work, defaultTaxClassId) : undefined
    if (!taxClass || taxClass.archivedAt) return notFound('tax class in use')
    const taxSettings = {
      prices: input.prices ?? before.prices,
      taxRounding: input.taxRounding ?? before.taxRounding,
      roundingMode: input.roundingMode ?? before.roundingMode,
      defaultTaxClassId,
      version: before.version + 1,
    }
    await saveTaxSettings(work, taxSettings)
    await writeEvent(work, taxSettingsChanged.of(work.tenantId, { version: taxSettings.version }, context.makeId()))
    return { __typename: 'UpdateTaxSettingsSuccess' as const, taxSettings }
  })
}
