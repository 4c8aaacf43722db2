import { isPermission, partnerScopes, scopePermissions } from '@tillgraph/rules/permissions'
import {
  buildSchema,
  type DocumentNode,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLObjectType,
  Kind,
} from 'graphql'

/** The permission that each field takes, by `Type.field`, as the subgraphs say it by `@allow`. */
export type Allowed = ReadonlyMap<string, string>

export function readAllowed(typeDefs: readonly DocumentNode[]): Allowed {
  const allowed = new Map<string, string>()
  for (const { definitions } of typeDefs) {
    for (const definition of definitions) {
      if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION && definition.kind !== Kind.OBJECT_TYPE_EXTENSION) continue
      for (const { name, directives } of definition.fields ?? []) {
        const allow = directives?.find(directive => directive.name.value === 'allow')
        const value = allow?.arguments?.find(argument => argument.name.value === 'permission')?.value
        if (value?.kind === Kind.STRING) allowed.set(`${definition.name.value}.${name.value}`, value.value)
      }
    }
  }
  return allowed
}

/** The page that tells partners what they can ask for. Throws for an operation that no scope opens. */
export function partnerReference(contract: string, allowed: Allowed): string {
  const schema = buildSchema(contract)
  const sections = [
    ['Queries', schema.getQueryType()],
    ['Mutations', schema.getMutationType()],
    ['Subscriptions', schema.getSubscriptionType()],
  ] as const
  const operations = sections.flatMap(([title, type]) => (type ? [`### ${title}`, ...rows(type, allowed)] : []))
  return [INTRODUCTION, '## Operations', ...operations, TYPES].join('\n\n').concat('\n')
}

function rows(type: GraphQLObjectType, allowed: Allowed): string[] {
  return Object.values(type.getFields()).map(field => {
    const scopes = scopesFor(`${type.name}.${field.name}`, allowed)
    const told = [
      (field.description ?? '').replaceAll(/\s+/g, ' '),
      `Scope: ${scopes.map(scope => `\`${scope}\``).join(' or ')}.`,
    ]
    return `\`${signature(field)}\`  \n${told.join(' ').trim()}`
  })
}

function scopesFor(place: string, allowed: Allowed): string[] {
  const permission = allowed.get(place)
  const scopes = partnerScopes.filter(
    scope => permission && isPermission(permission) && scopePermissions[scope].has(permission),
  )
  if (scopes.length === 0) throw new Error(`${place} is tagged public, and no scope of a partner's opens it.`)
  return scopes
}

function signature({ name, args, type }: GraphQLField<unknown, unknown>): string {
  const given = args.map((argument: GraphQLArgument) => `${argument.name}: ${argument.type}`).join(', ')
  return `${name}${given ? `(${given})` : ''}: ${type}`
}

const INTRODUCTION = `# The partner graph

<!-- Written by \`npm run compose\` from what is tagged public in the schemas; change those, or scripts/contract/. -->

A part of the graph for systems of others: marketplaces, web shops, delivery services. It is served at \`/partner/graphql\`, over
HTTP and, for subscriptions, as server-sent events and over WebSocket (\`graphql-transport-ws\`). Its whole schema is
[partner.graphql](../partner.graphql); what was changed for partners and when stands in [partner-releases.md](partner-releases.md).

## Signing in

An owner makes you a partner (\`createPartner\`) and gives you a client id and a secret. With these you get an access token for ten
minutes, by OAuth 2 client credentials:

\`\`\`
curl -u CLIENT_ID:CLIENT_SECRET -d grant_type=client_credentials http://localhost:4000/oauth/token
curl -H "authorization: Bearer TOKEN" -H "content-type: application/json" \\
  -d '{"query":"{ products(first: 3) { nodes { name price { amount currency } } } }"}' http://localhost:4000/partner/graphql
\`\`\`

On a socket, send the token as \`authorization\` in \`connection_init\`, and a fresh one in the payload of a \`ping\` before it runs out. A
token opens this graph and no other; a person's token does not open it. What a partner makes is its own: other partners do not see
it, and a partner sees nothing of others.

A token stops sooner when you are sent away, when a scope is taken from you, or when the secret stops that it was given out for. Requests
are then answered \`UNAUTHENTICATED\` and sockets are closed with 4403: get a new token, once.

## Limits

An operation may cost 2,000 at the most (an object 1, a list as often as it is long; send \`x-tillgraph-cost: 1\` to be told). A partner
has 100 units of cost a second, 1,000 at once; all partners of a business together 500 a second, 5,000 at once. Every answer
says in \`RateLimit\` how much of what \`RateLimit-Policy\` grants is left (\`r\`), and in how many seconds all of it is again (\`t\`). Who
asks for more is answered 429 with \`Retry-After\`, and \`t\` is when there is something again. Whoever runs the gateway may set other figures.

## Errors

Expected outcomes are members of result unions, each a \`Problem\` with a stable \`code\`. An error's \`extensions.code\` is one of:
\`UNAUTHENTICATED\` (get a new token), \`FORBIDDEN\` (a scope is missing, or the token belongs to the other graph), \`TOO_MANY_REQUESTS\`,
\`TOO_EXPENSIVE\`, \`BAD_USER_INPUT\`, \`GRAPHQL_VALIDATION_FAILED\`, \`OVERLOADED\` (503 with \`Retry-After\`: nothing was done), \`SERVICE_UNAVAILABLE\` and \`TIMED_OUT\` (ask again), \`INTERNAL_SERVER_ERROR\`
(tell us the \`requestId\`). A mutation takes an id of your making, or an \`Idempotency-Key\` header: the same again has one effect.`

const TYPES = `## Types

All types, with what each field means, stand in [partner.graphql](../partner.graphql). It only grows; what breaks those who use it is
released on purpose, after its time of notice, and told in [partner-releases.md](partner-releases.md).`
