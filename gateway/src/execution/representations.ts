import type { QueryPlanSelectionNode } from '@apollo/query-planner'
import { type GraphQLSchema, isAbstractType } from 'graphql'
import type { Key, SubgraphFacts } from '../supergraph/subgraph-facts.ts'
import { valueText } from './json-text.ts'
import { type Data, isData, merge } from './merge.ts'
import { requireOrdinaryName } from './not-compilable.ts'
import { isOfType, type Rewrite } from './rewrites.ts'

/** What is sent of an object so that a subgraph can find it; undefined when what is needed is not there. */
export interface RepresentationBuilder {
  /** As JSON text, which is also what tells equal representations. */
  text(object: Data): string | undefined
  /** As a value, for subgraphs of this process. */
  value(object: Data): Data | undefined
}

interface FieldTree {
  readonly name: string
  /** The name under which it stands in the data, which may hold the field more than once. */
  readonly source: string
  readonly fields: readonly FieldTree[] | undefined
}

/**
 * A plan may collect from an interface what only some of its types need. An object of a type that the subgraph cannot
 * find, or of which no key is known in full, is never sent: it would fail the request for all the others.
 *
 * Almost all representations are a few fields per object type: for those, straight-line code is generated. Anything
 * else (several fragments for one type, fragments further in, rewritten keys) is interpreted.
 */
export function compileRepresentations(
  schema: GraphQLSchema,
  selections: readonly QueryPlanSelectionNode[],
  rewrite: Rewrite | undefined,
  facts: SubgraphFacts,
): RepresentationBuilder {
  requireOrdinaryNames(selections)
  const simple = rewrite ? undefined : simpleShape(schema, selections, facts)
  return simple ? generated(simple) : interpreted(schema, selections, rewrite, facts)
}

function requireOrdinaryNames(selections: readonly QueryPlanSelectionNode[]): void {
  for (const selection of selections) {
    if (selection.kind === 'Field') requireOrdinaryName(selection.alias ?? selection.name)
    if (selection.selections) requireOrdinaryNames(selection.selections)
  }
}

function simpleShape(
  schema: GraphQLSchema,
  selections: readonly QueryPlanSelectionNode[],
  facts: SubgraphFacts,
): ReadonlyMap<string, readonly FieldTree[]> | undefined {
  const shape = new Map<string, readonly FieldTree[]>()
  for (const selection of selections) {
    if (selection.kind !== 'InlineFragment' || !selection.typeCondition) return undefined
    const fields = plainFields(selection.selections)
    if (!fields?.some(({ name }) => name === '__typename')) return undefined
    const type = schema.getType(selection.typeCondition)
    const names = new Set([selection.typeCondition])
    if (type && isAbstractType(type)) {
      for (const possible of schema.getPossibleTypes(type)) names.add(possible.name)
      for (const lower of Object.values(schema.getTypeMap())) {
        if (isOfType(schema, { __typename: lower.name }, selection.typeCondition, false)) names.add(lower.name)
      }
    }
    for (const name of names) {
      if (shape.has(name)) return undefined
      shape.set(name, fields)
    }
  }
  for (const [name, fields] of shape) {
    if (!facts.keysOf(name).some(key => isSelected(key, fields))) shape.delete(name)
  }
  return shape
}

function isSelected(key: Key, fields: readonly FieldTree[]): boolean {
  return key.every(wanted => {
    const field = fields.find(({ name }) => name === wanted.name)
    return field !== undefined && isSelected(wanted.fields, field.fields ?? [])
  })
}

function plainFields(selections: readonly QueryPlanSelectionNode[]): readonly FieldTree[] | undefined {
  const fields: FieldTree[] = []
  for (const selection of selections) {
    if (selection.kind !== 'Field') return undefined
    const inner = selection.selections ? plainFields(selection.selections) : undefined
    if (selection.selections && !inner) return undefined
    const name = selection.name
    if (fields.some(field => field.name === name)) return undefined
    fields.push({ name, source: selection.alias ?? name, fields: inner })
  }
  return fields
}

const text = (value: string) => JSON.stringify(value)

function generated(shape: ReadonlyMap<string, readonly FieldTree[]>): RepresentationBuilder {
  const functions: string[] = []
  const known = new Map<readonly FieldTree[], number>()
  const numberOf = (fields: readonly FieldTree[]): number => {
    const found = known.get(fields)
    if (found !== undefined) return found
    const number = known.size
    known.set(fields, number)
    const reads = fields.map(
      (field, index) => `const x${index}=o[${text(field.source)}];if(x${index}===undefined)return undefined;`,
    )
    const texts = fields.map((field, index) => {
      const inner = field.fields ? `nested(x${index},t${numberOf(field.fields)})` : `val(x${index})`
      return `${text(`${index ? ',' : '{'}${text(field.name)}:`)}+${inner}`
    })
    const values = fields.map((field, index) => {
      const inner = field.fields ? `nestedValue(x${index},v${numberOf(field.fields)})` : `x${index}`
      return `${text(field.name)}:${inner}`
    })
    functions.push(`function t${number}(o){${reads.join('')}return ${texts.join('+')}+'}';}`)
    functions.push(`function v${number}(o){${reads.join('')}return {${values.join(',')}};}`)
    return number
  }
  const cases = [...shape].map(([name, fields]) => [text(name), numberOf(fields)] as const)
  const choose = (letter: string) =>
    cases.map(([name, number]) => `case ${name}:return ${letter}${number}(o);`).join('')
  const code = `'use strict';${functions.join('\n')}
return{text(o){switch(o.__typename){${choose('t')}default:return undefined}},value(o){switch(o.__typename){${choose('v')}default:return undefined}}};`
  return new Function('val', 'nested', 'nestedValue', code)(valueText, nestedText, nestedValue)
}

function nestedText(value: unknown, write: (object: Data) => string | undefined): string {
  if (Array.isArray(value)) return `[${value.map(item => nestedText(item, write)).join(',')}]`
  return value === null ? 'null' : (write(value as Data) ?? 'null')
}

function nestedValue(value: unknown, build: (object: Data) => Data | undefined): unknown {
  if (Array.isArray(value)) return value.map(item => nestedValue(item, build))
  return value === null ? null : (build(value as Data) ?? null)
}

function interpreted(
  schema: GraphQLSchema,
  selections: readonly QueryPlanSelectionNode[],
  rewrite: Rewrite | undefined,
  facts: SubgraphFacts,
): RepresentationBuilder {
  const value = (object: Data) => {
    const representation = select(schema, object, selections)
    if (!isRepresentation(representation)) return undefined
    rewrite?.(representation)
    return facts.keysOf(String(representation.__typename)).some(key => isGiven(key, representation))
      ? representation
      : undefined
  }
  return {
    value,
    text: object => {
      const representation = value(object)
      return representation && JSON.stringify(representation)
    },
  }
}

function isGiven(key: Key, value: unknown): boolean {
  if (Array.isArray(value)) return value.every(item => isGiven(key, item))
  if (!isData(value)) return value !== undefined
  return key.every(({ name, fields }) => isGiven(fields, value[name]))
}

function isRepresentation(value: unknown): value is Data {
  return typeof value === 'object' && value !== null && '__typename' in value
}

/** The selected part of an object. Null when a field is missing that is needed; within a fragment, only that one fails. */
function select(schema: GraphQLSchema, source: unknown, selections: readonly QueryPlanSelectionNode[]): unknown {
  if (Array.isArray(source)) return source.map(item => select(schema, item, selections))
  if (typeof source !== 'object' || source === null) return null
  const object = source as Data
  const result: Data = {}
  for (const selection of selections) {
    if (selection.kind === 'Field') {
      const value = object[selection.alias ?? selection.name]
      if (value === undefined) return null
      result[selection.name] = selection.selections ? select(schema, value, selection.selections) : value
    } else if (selection.typeCondition && isOfType(schema, object, selection.typeCondition, false)) {
      const part = select(schema, object, selection.selections)
      if (part !== null) merge(result, part as Data)
    }
  }
  return result
}
