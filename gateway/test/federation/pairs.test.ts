import { isObjectType } from 'graphql'
import { expect, it } from 'vitest'
import type { Caller } from '../../src/identity/caller-reader.ts'
import { refusalOf } from '../../src/operations/access.ts'
import { Federation, type SubgraphDefinition } from './federation.ts'

/**
 * Each two of these meet on one field, `Thing.field` of subgraph `b`. Its value shows what each of them promises: what it
 * was computed from, the context it got, and that nobody else has answered it.
 */
const FEATURES = [
  'shareable',
  'requires',
  'requires a call',
  'provides',
  'override',
  'override with a label',
  'fromContext',
  'external',
  'inaccessible',
  'tag',
  'authenticated',
  'requiresScopes',
  'policy',
  'composed',
  'deprecated',
] as const
type Feature = (typeof FEATURES)[number]

const PAIRS = FEATURES.flatMap((one, index) => FEATURES.slice(index).map(other => [one, other] as const))

/** Pairs that composition refuses, with what it says. */
const REFUSED: Readonly<Record<string, RegExp>> = {
  'provides + external': /Cannot have both @provides and @external/,
  'override + override with a label': /can only be used once/,
  'override + external': /@override cannot be used on field/,
  'override with a label + external': /@override cannot be used on field/,
  'override with a label + inaccessible': /cannot be satisfied/,
  'fromContext + inaccessible': /cannot be satisfied/,
  'external + inaccessible': /Cannot apply merged directive/,
  'external + tag': /Cannot apply merged directive/,
  'external + authenticated': /Cannot apply merged directive/,
  'external + requiresScopes': /Cannot apply merged directive/,
  'external + policy': /Cannot apply merged directive/,
  'external + deprecated': /Cannot apply merged directive/,
}

/**
 * A field computed from one of the subgraph it was reached from, which is computed itself: the planner forgets what the
 * inner one needs. Such a plan is refused, because its answer would be wrong.
 */
const UNPLANNABLE = new Set(['requires + inaccessible', 'requires a call + inaccessible'])

interface Thing {
  readonly base?: number
  readonly call?: number
  readonly field?: { readonly id: string }
}

const reference = (given: object) => given

const MARKS: Partial<Record<Feature, string>> = {
  shareable: '@shareable',
  provides: '@provides(fields: "name")',
  override: '@override(from: "a")',
  'override with a label': '@override(from: "a", label: "percent(100)")',
  external: '@external',
  inaccessible: '@inaccessible',
  tag: '@tag(name: "x")',
  authenticated: '@authenticated',
  requiresScopes: '@requiresScopes(scopes: [["read"]])',
  policy: '@policy(policies: [["strict"]])',
  composed: '@note(text: "n")',
  deprecated: '@deprecated(reason: "old")',
}

function textOf(has: (feature: Feature) => boolean): string {
  const computed = [...(has('requires') ? ['10'] : []), ...(has('requires a call') ? ['21'] : [])]
  return ['field', ...computed, ...(has('fromContext') ? ['Ulm'] : [])].join(' ')
}

function subgraphsWith(has: (feature: Feature) => boolean): Record<string, SubgraphDefinition> {
  const isOverride = has('override') || has('override with a label')
  const needs = [...(has('requires') ? ['base'] : []), ...(has('requires a call') ? ['call(times: 3)'] : [])]
  const requires = needs.length > 0 ? `@requires(fields: "${needs.join(' ')}")` : ''
  const marks = FEATURES.map(feature => (has(feature) ? (MARKS[feature] ?? '') : '')).join(' ')
  const closed: readonly Feature[] = ['authenticated', 'requiresScopes', 'policy']
  const access = closed.map(feature => (has(feature) ? MARKS[feature] : '')).join(' ')
  const place = has('fromContext') ? '(place: String @fromContext(field: "$place { town }"))' : ''
  const owner = (text: string) => ({ id: text, name: `name of ${text}` })
  return {
    a: {
      sdl: `
        type Query { a: Int }
        type Thing @key(fields: "id") { id: ID!  base: Int  call(times: Int): Int
          ${has('external') || isOverride ? `field: Owner ${has('shareable') ? '@shareable' : ''}` : ''} }
        type Owner @key(fields: "id") { id: ID! }`,
      resolvers: {
        Thing: {
          __resolveReference: reference,
          base: () => 10,
          call: (_: Thing, { times }: { times: number }) => times * 7,
          field: () => owner(isOverride ? 'overridden' : textOf(has)),
        },
      },
    },
    b: {
      sdl: `
        ${has('composed') ? 'extend schema @link(url: "https://specs.example.com/note/v1.0", import: ["@note"]) @composeDirective(name: "@note") directive @note(text: String) on FIELD_DEFINITION' : ''}
        type Query { place: Place }
        type Place @key(fields: "id") ${has('fromContext') ? '@context(name: "place")' : ''} { id: ID!  town: String  inside: Thing }
        type Thing @key(fields: "id") { id: ID!  field${place}: Owner ${requires} ${marks}
          ${has('requires') ? 'base: Int @external' : ''}
          ${has('requires a call') ? 'call(times: Int): Int @external' : ''}
          ${has('external') ? 'user: String @requires(fields: "field { id }")' : ''} }
        type Owner @key(fields: "id") { id: ID!  ${has('provides') ? 'name: String @external' : ''} }`,
      resolvers: {
        Query: { place: () => ({ id: 'p', town: 'Ulm', inside: { id: 't' } }) },
        Place: { __resolveReference: (given: object) => ({ ...given, town: 'Ulm', inside: { id: 't' } }) },
        Thing: {
          __resolveReference: reference,
          field: ({ base, call }: Thing, given: { place?: string }) =>
            owner(['field', base, call, given.place].filter(part => part !== undefined).join(' ')),
          user: ({ field }: Thing) => `user of ${field?.id}`,
        },
      },
    },
    c: {
      sdl: `
        type Owner @key(fields: "id") { id: ID!  name: String @shareable }
        type Thing @key(fields: "id") { id: ID!
          ${has('inaccessible') ? `shown: String @requires(fields: "field { id }") ${access}  field: Owner @external` : ''} }`,
      resolvers: {
        Owner: { __resolveReference: reference, name: ({ id }: { id: string }) => `name of ${id}` },
        Thing: { __resolveReference: reference, shown: ({ field }: Thing) => `shown ${field?.id}` },
      },
    },
    ...(has('shareable') && {
      d: {
        sdl: 'type Thing @key(fields: "id") { id: ID!  field: Owner @shareable } type Owner @key(fields: "id") { id: ID! }',
        resolvers: { Thing: { __resolveReference: reference, field: () => owner(textOf(has)) } },
      },
    }),
  }
}

it.each(PAIRS)('%s with %s', async (one, other) => {
  const has = (feature: Feature) => feature === one || feature === other
  const refused = REFUSED[`${one} + ${other}`]
  if (refused) {
    expect(() => new Federation(subgraphsWith(has))).toThrow(refused)
    return
  }
  const graph = new Federation(subgraphsWith(has))
  const text = textOf(has)
  const wanted = has('inaccessible') ? 'shown' : `field { id name } ${has('external') ? 'user' : ''}`
  const query = `{ place { inside { ${wanted} } } }`
  if (UNPLANNABLE.has(`${one} + ${other}`)) {
    expect(() => graph.compile(query)).toThrow('cannot be planned')
    return
  }
  const inside = has('inaccessible')
    ? { shown: `shown ${text}` }
    : { field: { id: text, name: `name of ${text}` }, ...(has('external') && { user: `user of ${text}` }) }
  expect(await graph.ask(query)).toEqual({ data: { place: { inside } } })

  if (has('inaccessible')) expect(() => graph.compile('{ place { inside { field { id } } } }')).toThrow('Cannot query')
  if (has('provides') && !has('inaccessible'))
    expect((await graph.requests(query)).map(({ service }) => service)).not.toContain('c')
  if (has('tag')) expect(graph.graph.sdl).toContain('@tag(name: "x")')
  if (has('composed') && !has('external')) expect(graph.graph.sdl).toContain('@note(text: "n")')
  const type = graph.graph.schema.getType('Thing')
  if (has('deprecated') && !has('inaccessible') && isObjectType(type)) {
    expect(type.getFields().field?.deprecationReason).toBe('old')
  }
  expectAccess(graph, query, has)
})

function caller(scopes: readonly string[]): Caller {
  return { kind: 'caller', tenantId: 't', subject: 's', scope: 's', scopes, expiresAt: new Date(0) }
}

function expectAccess(graph: Federation, query: string, has: (feature: Feature) => boolean): void {
  const { access } = graph.compile(query)
  const refusals = [
    refusalOf(access, { kind: 'anonymous' }),
    refusalOf(access, caller([])),
    refusalOf(access, caller(['read'])),
  ].map(refusal => refusal?.status)
  if (has('policy')) expect(refusals).toEqual([401, 403, 403])
  else if (has('requiresScopes')) expect(refusals).toEqual([401, 403, undefined])
  else if (has('authenticated')) expect(refusals).toEqual([401, undefined, undefined])
  else expect(refusals).toEqual([undefined, undefined, undefined])
}
