import { taxClassChanged } from '@tillgraph/kit/events/catalog'
import { writeEvent } from '@tillgraph/kit/events/outbox'
import type { CreateTaxClassInput } from '../../generated/graphql.ts'
import type { Context } from '../context.ts'
import { alreadyUsedDifferently, isProblem, notAllowed, readInput, taxClassNameTaken } from '../domain/problems.ts'
import { readRates, readTaxClassName, TAX_CLASSES_MOST } from '../domain/tax-class.ts'
import { countTaxClasses, saveNewTaxClass, taxClassIn, taxClassNamed } from '../store/save-tax-class.ts'
import { ensureTaxSettings } from '../store/tax-settings.ts'
import { type Asked, change } from './change.ts'
import { readId } from './read-id.ts'

/** A new tax class; the first one of a business becomes its default. */
export async function createTaxClass(context: Context, input: CreateTaxClassInput, info: Asked['info']) {
  const given = readInput(() => {
    readId(input.id)
    return { name: readTaxClassName(input.name), rates: readRates(input.rates) }
  })
  if (isProblem(given)) return given
  return change(context, { info, named: input.id, content: given }, async (work, begun) => {
    const id = input.id ?? context.makeId()
    if (await taxClassIn(work, id)) return alreadyUsedDifferently
    if (await taxClassNamed(work, given.name)) return taxClassNameTaken
    if ((await countTaxClasses(work)) >= TAX_CLASSES_MOST)
      return notAllowed('A business has 200 tax classes at the most.')
    await saveNewTaxClass(work, { id, ...given }, begun)
    await ensureTaxSettings(work, begun)
    await writeEvent(work, taxClassChanged.of(id, { taxClassId: id }, context.makeId()))
    return { __typename: 'CreateTaxClassSuccess' as const, taxClassId: id }
  })
}
