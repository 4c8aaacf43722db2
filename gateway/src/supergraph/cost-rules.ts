import { type ConstDirectiveNode, type DocumentNode, Kind, parse, valueFromASTUntyped } from 'graphql'
import { importsOf, linkedUrl, linksOf, prefixOf } from './links.ts'

/** What `@listSize` says of a field. */
export interface ListSize {
  readonly assumedSize: number | undefined
  readonly slicingArguments: readonly string[] | undefined
  /** Lists of the returned object that have the size, in place of the field itself. */
  readonly sizedFields: readonly string[] | undefined
  readonly requireOneSlicingArgument: boolean
}

export interface CostRules {
  /** By `Type`, `Type.field` (input fields too) and `Type.field(argument)`. */
  readonly weights: ReadonlyMap<string, number>
  /** By `Type.field`. */
  readonly listSizes: ReadonlyMap<string, ListSize>
}

const SPECIFICATION = /^https:\/\/specs\.apollo\.dev\/cost\//

/** Reads `@cost` and `@listSize` out of a supergraph, whatever they are called there. */
export function readCostRules(sdl: string): CostRules {
  const weights = new Map<string, number>()
  const listSizes = new Map<string, ListSize>()
  if (!sdl.includes('specs.apollo.dev/cost/')) return { weights, listSizes }
  const document = parse(sdl, { noLocation: true })
  const names = namesOf(document)
  const read = (place: string, directives: readonly ConstDirectiveNode[] | undefined) => {
    for (const directive of directives ?? []) {
      const name = directive.name.value
      const given = argumentsOf(directive)
      if (name === names.cost && typeof given.weight === 'number') weights.set(place, given.weight)
      if (name === names.listSize) listSizes.set(place, listSizeOf(given))
    }
  }
  for (const definition of document.definitions) {
    if (!('name' in definition) || !definition.name || !('directives' in definition)) continue
    if (definition.kind === Kind.OPERATION_DEFINITION || definition.kind === Kind.FRAGMENT_DEFINITION) continue
    const type = definition.name.value
    read(type, definition.directives as readonly ConstDirectiveNode[])
    if (!('fields' in definition)) continue
    for (const field of definition.fields ?? []) {
      const place = `${type}.${field.name.value}`
      read(place, field.directives)
      if (!('arguments' in field)) continue
      for (const argument of field.arguments ?? []) read(`${place}(${argument.name.value})`, argument.directives)
    }
  }
  return { weights, listSizes }
}

function namesOf(document: DocumentNode): { readonly cost: string; readonly listSize: string } {
  const link = linksOf(document).find(known => SPECIFICATION.test(linkedUrl(known)))
  if (!link) return { cost: 'cost', listSize: 'cost__listSize' }
  const prefix = prefixOf(link) ?? 'cost'
  const imported = new Map(importsOf(link))
  return { cost: imported.get('cost') ?? prefix, listSize: imported.get('listSize') ?? `${prefix}__listSize` }
}

function argumentsOf(directive: ConstDirectiveNode): Record<string, unknown> {
  const entries = (directive.arguments ?? []).map(({ name, value }) => [name.value, valueFromASTUntyped(value)])
  return Object.fromEntries(entries) as Record<string, unknown>
}

function listSizeOf(given: Record<string, unknown>): ListSize {
  const slicingArguments = Array.isArray(given.slicingArguments) ? (given.slicingArguments as string[]) : undefined
  return {
    assumedSize: typeof given.assumedSize === 'number' ? given.assumedSize : undefined,
    slicingArguments,
    sizedFields: Array.isArray(given.sizedFields) ? (given.sizedFields as string[]) : undefined,
    requireOneSlicingArgument: slicingArguments !== undefined && given.requireOneSlicingArgument !== false,
  }
}
