import { refusal } from '@tillgraph/kit/errors'
import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { isUuid } from '@tillgraph/rules/uuid'
import type { QueryResolvers } from '../../generated/graphql.ts'
import type { Context } from '../context.ts'
import type { Loaders } from '../loaders.ts'
import { loadManagerEmails } from '../store/user.ts'

const IDS_MOST = 1_000

/** What our other services ask for by id. */
export const storesById: NonNullable<QueryResolvers['storesById']> = (_, { ids }, context) =>
  byId(ids, context, 'stores')

export const registersById: NonNullable<QueryResolvers['registersById']> = (_, { ids }, context) =>
  byId(ids, context, 'registers')

export const customersById: NonNullable<QueryResolvers['customersById']> = (_, { ids }, context) =>
  byId(ids, context, 'customers')

export const usersById: NonNullable<QueryResolvers['usersById']> = (_, { ids }, context) => byId(ids, context, 'users')

export const emailsOfManagers: NonNullable<QueryResolvers['emailsOfManagers']> = async (_, { storeId }, context) =>
  isUuid(storeId) ? loadManagerEmails(context.database, requireCaller(context).tenantId, storeId) : []

type ById = 'stores' | 'registers' | 'customers' | 'users'
type Loaded<Name extends ById> = Exclude<Awaited<ReturnType<Loaders[Name]['load']>>, undefined>

async function byId<Name extends ById>(ids: readonly string[], context: Context, name: Name): Promise<Loaded<Name>[]> {
  if (ids.length > IDS_MOST) throw refusal('BAD_USER_INPUT', `At most ${IDS_MOST} ids are asked for at once.`)
  const loader = context.load(requireCaller(context).tenantId)[name]
  const distinct = [...new Set(ids)].filter(isUuid)
  const loaded = await Promise.all(distinct.map(id => loader.load(id)))
  return loaded.filter(row => row !== undefined) as Loaded<Name>[]
}
