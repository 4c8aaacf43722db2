import { roles } from '@tillgraph/rules/permissions'
import { z } from 'zod'

/** Header types, so that no token of one kind can ever stand in for another. */
export const ACCESS_TOKEN_TYPE = 'at+jwt'
export const SERVICE_TOKEN_TYPE = 'svc+jwt'

/** The one signature there is: Ed25519, under its old and its new name. */
export const TOKEN_ALGORITHMS = ['EdDSA', 'Ed25519']

export const ACCESS_TOKEN_LIFE_SECONDS = 600
export const SERVICE_TOKEN_LIFE_SECONDS = 60

const common = { sub: z.string().min(1).max(100), tid: z.uuid(), exp: z.number().int() }

/** A person: what role they hold, and in which store; null is the whole business. */
export const personClaims = z.object({
  ...common,
  knd: z.literal('person'),
  sid: z.uuid(),
  reg: z.uuid().optional(),
  grants: z.array(z.tuple([z.enum(roles), z.uuid().nullable()])).max(200),
})

/** A partner's system: what it was given leave to do, as OAuth 2 scopes; `sid` ends when that leave does. */
export const partnerClaims = z.object({
  ...common,
  knd: z.literal('partner'),
  sid: z.uuid(),
  scope: z.string().max(500),
})

/** One of our own services, acting within a tenant, on behalf of somebody or by itself. */
export const serviceClaims = z.object({ ...common, act: z.string().max(100).optional() })

export const accessClaims = z.discriminatedUnion('knd', [personClaims, partnerClaims])

export type PersonClaims = z.infer<typeof personClaims>
export type PartnerClaims = z.infer<typeof partnerClaims>
