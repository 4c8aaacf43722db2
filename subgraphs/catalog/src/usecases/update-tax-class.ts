import { taxClassChanged } from '@tillgraph/kit/events/catalog'
import { writeEvent } from '@tillgraph/kit/events/outbox'
import { isUuid } from '@tillgraph/rules/uuid'
import type { UpdateTaxClassInput } from '../../generated/graphql.ts'
import type { Context } from '../context.ts'
import { changedMeanwhile, isProblem, notAllowed, notFound, readInput, taxClassNameTaken } from '../domain/problems.ts'
import { PERIODS_MOST, readRates, readTaxClassName, readValidFrom } from '../domain/tax-class.ts'
import { saveRates, taxClassIn, taxClassNamed, touchTaxClass } from '../store/save-tax-class.ts'
import { type Asked, change } from './change.ts'

/** Renames a tax class, or gives it other rates from an instant on; what was sold before stays taxed as it was. */
export function updateTaxClass(context: Context, input: UpdateTaxClassInput, info: Asked['info']) {
  const { id, version } = input
  return change(context, { info, content: input }, async (work, begun) => {
    const before = isUuid(id) ? await taxClassIn(work, id) : undefined
    if (!before) return notFound('tax class')
    if (version !== undefined && version !== null && version !== before.version) return changedMeanwhile
    const given = readInput(() => ({
      name: input.name === undefined || input.name === null ? before.name : readTaxClassName(input.name),
      rates: input.rates ? readRates(input.rates) : undefined,
      validFrom: readValidFrom(input.validFrom, begun.now),
    }))
    if (isProblem(given)) return given
    const { name, rates, validFrom } = given
    const namesake = await taxClassNamed(work, name)
    if (before.archivedAt === null && namesake !== undefined && namesake !== id) return taxClassNameTaken
    if (rates) {
      const isAnnounced = before.periods.some(period => period.validFrom.getTime() === validFrom.getTime())
      if (!isAnnounced && before.periods.length >= PERIODS_MOST)
        return notAllowed('These rates have changed 100 times: make a new tax class.')
      await saveRates(work, id, validFrom, rates)
    }
    await touchTaxClass(work, id, { name }, begun)
    await writeEvent(work, taxClassChanged.of(id, { taxClassId: id }, context.makeId()))
    return { __typename: 'UpdateTaxClassSuccess' as const, taxClassId: id }
  })
}
