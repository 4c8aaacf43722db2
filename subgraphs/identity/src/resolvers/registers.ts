import { toConnection } from '@tillgraph/kit/pages'
import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { isUuid } from '@tillgraph/rules/uuid'
import type { QueryResolvers, RegisterKeyResolvers, RegisterResolvers } from '../../generated/graphql.ts'
import type { Context } from '../context.ts'
import { type Register, stateOf } from '../domain/register.ts'
import { listRegisters } from '../store/register.ts'
import { there } from './me.ts'
import { readPageByText } from './page.ts'

const BY_NAME = 'registers by name'

export const register: NonNullable<QueryResolvers['register']> = (_, { id }, context) => visibleRegister(id, context)

export const registers: NonNullable<QueryResolvers['registers']> = async (_, { storeId, ...args }, context) => {
  const { tenantId } = requireCaller(context)
  const page = readPageByText(BY_NAME, args)
  const rows = isUuid(storeId) ? await listRegisters(context.database, tenantId, storeId, page) : []
  return toConnection(BY_NAME, page, rows, row => [row.nameKey, row.id])
}

export const registerFields: RegisterResolvers = {
  store: async ({ tenantId, storeId }, _, context) => there(await context.load(tenantId).stores.load(storeId)),
  state: async (register, _, context) => stateOf(register, await keysOf(register, context)),
  keys: async (register, _, context) => [...(await keysOf(register, context))],
  offlinePolicy: async ({ tenantId, storeId }, _, context) =>
    (await context.load(tenantId).offlinePolicies.load(storeId)) ?? null,
  offlineLog: async ({ tenantId, id }, _, context) => (await context.load(tenantId).offlineLogs.load(id)) ?? null,
  __resolveReference: ({ id }, context) => visibleRegister(id, context),
}

export const registerKeyFields: RegisterKeyResolvers = { id: ({ thumbprint }) => thumbprint }

function keysOf({ tenantId, id }: Register, context: Context) {
  return context.load(tenantId).registerKeys.load(id)
}

/** A till where the caller may see tills; our own services see all. */
async function visibleRegister(id: string, context: Context): Promise<Register | null> {
  const caller = requireCaller(context)
  const found = isUuid(id) ? await context.load(caller.tenantId).registers.load(id) : undefined
  if (!found) return null
  return caller.kind === 'service' || caller.may('identity.register.read', found.storeId) ? found : null
}
