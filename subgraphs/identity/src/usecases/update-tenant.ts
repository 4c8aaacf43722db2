import { parseName } from '@tillgraph/rules/names'
import type { UpdateTenantInput } from '../../generated/graphql.ts'
import type { Context } from '../context.ts'
import { present } from '../domain/present.ts'
import { changedMeanwhile, isInvalid, optionalField, readInput } from '../domain/problems.ts'
import { parseCountry } from '../domain/tenant.ts'
import { lockTenant, readTenant } from '../store/tenant.ts'
import { type Asked, change } from './change.ts'
import { difference, record } from './record.ts'

/** Changes the business's name, country or default currency. */
export async function updateTenant(context: Context, input: UpdateTenantInput, info: Asked['info']) {
  const given = readInput(() => ({
    name: optionalField('name', input.name, parseName),
    country: optionalField('country', input.country, parseCountry),
    defaultCurrency: input.defaultCurrency ?? undefined,
  }))
  if (isInvalid(given)) return given
  return change(context, { info, content: input }, async work => {
    await lockTenant(work)
    const tenant = await readTenant(work)
    if (!tenant) throw new Error('A caller without a business')
    if (typeof input.version === 'number' && input.version !== tenant.version) return changedMeanwhile()
    const changed = difference({ ...tenant }, given)
    const { tenantId } = work
    if (changed) {
      const data = { ...present(given), version: { increment: 1 } }
      await work.prisma.tenant.update({ where: { tenantId }, data })
      await record(context, work, { action: 'tenant.updated', subject: 'TENANT', subjectId: tenantId, ...changed })
    }
    return { __typename: 'UpdateTenantSuccess' as const, tenantId }
  })
}
