import { toConnection } from '@tillgraph/kit/pages'
import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { isUuid } from '@tillgraph/rules/uuid'
import type { PartnerResolvers, QueryResolvers } from '../../generated/graphql.ts'
import { clientIdOf } from '../access/client-credentials.ts'
import { listPartners } from '../store/partner.ts'
import { readPageByText } from './page.ts'

const BY_NAME = 'partners by name'

export const partner: NonNullable<QueryResolvers['partner']> = async (_, { id }, context) =>
  isUuid(id) ? ((await context.load(requireCaller(context).tenantId).partners.load(id)) ?? null) : null

export const partners: NonNullable<QueryResolvers['partners']> = async (_, args, context) => {
  const { tenantId } = requireCaller(context)
  const page = readPageByText(BY_NAME, args)
  const rows = await listPartners(context.database, tenantId, page)
  return toConnection(BY_NAME, page, rows, row => [row.nameKey, row.id])
}

export const partnerFields: PartnerResolvers = {
  clientId: ({ tenantId, id }) => clientIdOf(tenantId, id),
  isActive: ({ deactivatedAt }) => deactivatedAt === null,
  scopes: ({ scopes }) => [...scopes],
  secrets: async ({ tenantId, id }, _, context) => [...(await context.load(tenantId).partnerSecrets.load(id))],
  __resolveReference: async ({ id }, context) =>
    isUuid(id) ? ((await context.load(requireCaller(context).tenantId).partners.load(id)) ?? null) : null,
}
