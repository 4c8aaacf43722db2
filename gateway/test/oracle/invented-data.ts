import {
  GraphQLError,
  type GraphQLFieldResolver,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  getNullableType,
  isAbstractType,
  isEnumType,
  isInterfaceType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql'
import type { Random } from '../../../tests/support/random.ts'
import type { SubgraphText } from '../kit/compose.ts'
import { TestSubgraph } from '../kit/subgraph.ts'

/** How often the invented world goes wrong, from 0 to 1. */
export interface World {
  readonly seed: number
  readonly errors: number
  readonly nulls: number
  /** Nulls where the schema allows none. */
  readonly brokenNulls: number
}

/** A world in which all is well, or one in which errors and nulls are rare or common. */
export function inventWorld(random: Random): World {
  const calm = random.chance(0.3)
  return {
    seed: random.below(1_000_000),
    errors: calm ? 0 : random.pick([0, 0.02, 0.2]),
    nulls: random.pick([0, 0.1, 0.4]),
    brokenNulls: calm ? 0 : random.pick([0, 0, 0.02]),
  }
}

/** An object of the invented world: its name says its type, and every value of it follows from its name. */
interface Thing {
  readonly name: string
  readonly reference?: Record<string, unknown>
}

const ENTITIES_PER_TYPE = 4
const KEY_FIELDS = new Set(['id', 'sku', 'code', 'row', 'column', 'variation'])
const ENTITY_TYPES = new Set(['Product', 'Person', 'Book', 'Film', 'Review', 'Shelf'])

/**
 * Subgraphs whose answers follow from the seed and from what is asked, never from how or how often: so any two
 * correct ways of fetching must come to the same answer, errors included.
 */
export function inventSubgraphs(texts: readonly SubgraphText[], world: () => World): ReadonlyMap<string, TestSubgraph> {
  return new Map(
    texts.map(({ name, typeDefs }) => [name, new TestSubgraph(typeDefs, resolversFor(typeDefs), fieldResolver(world))]),
  )
}

function resolversFor(typeDefs: string): Record<string, Record<string, unknown>> {
  const resolvers: Record<string, Record<string, unknown>> = {}
  for (const [, type = '', rest = ''] of typeDefs.matchAll(/type (\w+)([^{]*)\{/g)) {
    if (rest.includes('@key')) resolvers[type] = { __resolveReference: resolveReference }
  }
  for (const [, type = '', rest = ''] of typeDefs.matchAll(/interface (\w+)([^{]*)\{/g)) {
    resolvers[type] = {
      __resolveType: typeOf,
      ...(rest.includes('@key') ? { __resolveReference: resolveReference } : {}),
    }
  }
  for (const [, type = ''] of typeDefs.matchAll(/union (\w+)/g)) resolvers[type] = { __resolveType: typeOf }
  return resolvers
}

const typeOf = (thing: Thing) => thing.name.split('/')[0]

function resolveReference(reference: Record<string, unknown>): Thing {
  const key = reference.id ?? reference.sku ?? reference.row
  if (key === undefined) throw new TypeError(`Nobody can find ${JSON.stringify(reference)}.`)
  return { name: String(key).replace(/^\w+:/, ''), reference }
}

function fieldResolver(world: () => World): GraphQLFieldResolver<unknown, unknown> {
  return (source, args, _context, info) => {
    const thing = (source as Thing | undefined)?.name ? (source as Thing) : { name: `${info.parentType.name}/root` }
    const place = `${thing.name}.${info.fieldName}${argumentsText(args)}`
    if (info.fieldName.startsWith('required')) {
      // What is computed from other subgraphs' fields shows whether they arrived.
      const needed = JSON.stringify(sorted(thing.reference ?? {}))
      if (isLeafType(getNullableType(info.returnType))) {
        return leaf(getNullableType(info.returnType), `${place} ${needed}`, info.fieldName, thing)
      }
      return value(info.returnType, `${place} ${needed}`, info, thing, { ...world(), errors: 0 })
    }
    return value(info.returnType, place, info, thing, world())
  }
}

function value(type: GraphQLOutputType, place: string, info: GraphQLResolveInfo, thing: Thing, world: World): unknown {
  if (!KEY_FIELDS.has(info.fieldName)) {
    const chance = (purpose: string) => hashText(`${world.seed} ${purpose} ${place}`) / 4_294_967_296
    const { errors, nulls, brokenNulls } = world
    if (chance('error') < errors) {
      if (chance('code') < 0.5) throw new Error(`no ${info.fieldName}`)
      throw new GraphQLError(`no ${info.fieldName}`, { extensions: { code: 'NOT_FOUND', extra: { hint: 1 } } })
    }
    if (chance('null') < (isNonNullType(type) ? brokenNulls : nulls)) return null
  }
  const nullable = getNullableType(type)
  if (isListType(nullable)) {
    const length = hashText(`${world.seed} length ${place}`) % 4
    return Array.from({ length }, (_, index) => value(nullable.ofType, `${place}[${index}]`, info, thing, world))
  }
  if (isLeafType(nullable)) return leaf(nullable, place, info.fieldName, thing)
  const choices = isAbstractType(nullable) ? info.schema.getPossibleTypes(nullable) : [nullable]
  const chosen = choices[hashText(`${world.seed} type ${place}`) % choices.length]
  if (!chosen) return null
  // An interface object stands for an object of a type that this subgraph does not know.
  const isInterfaceObject = isObjectType(chosen) && chosen.name === 'Media'
  const name = isInterfaceObject ? ['Book', 'Film'][hashText(`${world.seed} kind ${place}`) % 2] : chosen.name
  if (!name) return null
  if (isInterfaceType(chosen)) return null
  const isEntity = ENTITY_TYPES.has(name)
  if (name === 'Query') return { name: 'Query/root' }
  return {
    name: isEntity ? `${name}/${hashText(`${world.seed} which ${place}`) % ENTITIES_PER_TYPE}` : `${name}/(${place})`,
  }
}

function leaf(type: unknown, place: string, fieldName: string, thing: Thing): unknown {
  if (KEY_FIELDS.has(fieldName)) return `${fieldName}:${thing.name}`
  const number = hashText(place)
  if (isEnumType(type as never)) {
    const values = (type as { getValues(): readonly { name: string }[] }).getValues()
    return values[number % values.length]?.name
  }
  switch (String(type)) {
    case 'Int':
      return number % 1000
    case 'Float':
      return (number % 1000) / 8
    case 'Boolean':
      return number % 2 === 0
    case 'Json':
      return { number, list: [number % 7, null, 'text'], nested: { key: `"${number}"` } }
    default:
      return `${fieldName} ${number % 5 === 0 ? 'ä"\n\\ 𝒳' : number}`
  }
}

function argumentsText(args: Record<string, unknown>): string {
  return Object.keys(args).length === 0 ? '' : JSON.stringify(sorted(args))
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  )
}

/** A number from 0 to 2^32 that depends on nothing but the text. */
function hashText(text: string): number {
  let hash = 2_166_136_261
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 16_777_619)
  hash ^= hash >>> 15
  hash = Math.imul(hash, 2_246_822_507)
  return (hash ^ (hash >>> 13)) >>> 0
}
