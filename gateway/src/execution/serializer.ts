import {
  type GraphQLCompositeType,
  type GraphQLLeafType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNullableType,
  isAbstractType,
  isEnumType,
  isLeafType,
  isListType,
  isNonNullType,
  isUnionType,
  type OperationDefinitionNode,
} from 'graphql'
import { stringText, valueText } from './json-text.ts'
import type { Data } from './merge.ts'
import { NotCompilable } from './not-compilable.ts'
import type { ResponseNames } from './response-names.ts'
import { type Appearance, appliesTo, type ConditionalSet, collectFields, type Fragments } from './selections.ts'

/** Set when the answer broke the schema: a missing non-null value, a value of the wrong type, an unknown object type. */
export interface SerializerReport {
  violated: boolean
}

/** Writes the data of an answer as JSON text; undefined stands for `null` that has reached the top. */
export type Serializer = (
  data: Data,
  coerced: Readonly<Record<string, unknown>>,
  report: SerializerReport,
) => string | undefined

export type Introspect = (responseName: string, coerced: Readonly<Record<string, unknown>>) => string

const CODE_CHARACTERS_MAX = 1_000_000

/** Generates, for one operation, the function that shapes and serialises its answers in one pass. */
export function compileSerializer(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  fragments: Fragments,
  introspect: Introspect,
  names?: ResponseNames,
): Serializer {
  const root = schema.getRootType(operation.operation)
  if (!root) throw new NotCompilable(`The schema has no ${operation.operation} type.`)
  const writer = new SerializerWriter(schema, fragments, names)
  const name = writer.objectOf(root, [{ set: operation.selectionSet, condition: undefined }])
  const code = `'use strict';
const bad=R=>{R.violated=true;return undefined};
${writer.functions.join('\n')}
return ${name};`
  return new Function('K', 'str', 'val', 'intro', code)(writer.constants, stringText, valueText, introspect)
}

const text = (value: string) => JSON.stringify(value)

class SerializerWriter {
  readonly functions: string[] = []
  readonly constants: unknown[] = []
  readonly #schema: GraphQLSchema
  readonly #fragments: Fragments
  readonly #names: ResponseNames | undefined
  /** Functions by what they write, so that a selection on an interface of many types is not written out over and over. */
  readonly #known = new Map<string, string>()
  readonly #setNumbers = new Map<object, number>()
  #characters = 0

  constructor(schema: GraphQLSchema, fragments: Fragments, names: ResponseNames | undefined) {
    this.#schema = schema
    this.#fragments = fragments
    this.#names = names
  }

  /** The name of a function (value, V, R) that writes any non-null value of a type. */
  valueOf(type: GraphQLOutputType, sets: readonly ConditionalSet[]): string {
    const nullable = getNullableType(type)
    if (isListType(nullable)) return this.#listOf(nullable.ofType, sets)
    if (isLeafType(nullable)) return this.#once(`leaf ${nullable.name}`, () => `return ${this.#leaf(nullable, 'o')};`)
    return this.objectOf(nullable as GraphQLCompositeType, sets)
  }

  objectOf(type: GraphQLCompositeType, sets: readonly ConditionalSet[]): string {
    return this.#once(`object ${type.name} ${this.#keyOf(sets)}`, () => {
      if (!isAbstractType(type)) return `if(typeof o!=='object')return bad(R);${this.#fields(type, sets)}`
      const cases = this.#schema
        .getPossibleTypes(type)
        .map(possible => `case ${text(possible.name)}:return ${this.objectOf(possible, sets)}(o,V,R);`)
      // A plan that need not know which object it is may not ask, or be told no more than the interface.
      return `switch(o.__typename){${cases.join('')}case ${text(type.name)}:case undefined:case null:${`if(typeof o!=='object')return bad(R);${this.#fields(type, sets)}`}default:return bad(R);}`
    })
  }

  #listOf(item: GraphQLOutputType, sets: readonly ConditionalSet[]): string {
    return this.#once(`list ${item} ${this.#keyOf(sets)}`, () => {
      const write = this.valueOf(item, sets)
      const missing = isNonNullType(item) ? `{if(x==null)bad(R);return undefined;}` : `s='null';`
      return `if(!Array.isArray(o))return bad(R);let r='[';for(let i=0;i<o.length;i++){const x=o[i];
let s=x==null?undefined:${write}(x,V,R);if(s===undefined)${missing}r+=i===0?s:','+s;}return r+']';`
    })
  }

  #fields(type: GraphQLCompositeType, sets: readonly ConditionalSet[]): string {
    const collected = collectFields(this.#fragments, appliesTo(this.#schema, type), sets)
    const conditional = collected.appearances.some(({ condition, unless }) => condition !== undefined || unless.length)
    let code = conditional ? `let r='{',c='',x,s;` : `let r='{',x,s;`
    let first = true
    for (const appearance of collected.appearances) {
      const key = `${text(appearance.responseName)}:`
      const lead = conditional ? `r+=c+${text(key)};c=',';` : `r+=${text(first ? key : `,${key}`)};`
      first = false
      const field = lead + this.#field(type, appearance, collected.sets.get(appearance.responseName) ?? [])
      const wanted = [appearance.condition, ...appearance.unless.map(condition => `!(${condition})`)].filter(Boolean)
      code += wanted.length ? `if(${wanted.join('&&')}){${field}}` : field
    }
    return `${code}return r+'}';`
  }

  #field(type: GraphQLCompositeType, { responseName, fieldName }: Appearance, sets: readonly ConditionalSet[]): string {
    if (fieldName === '__typename') return isAbstractType(type) ? 'return undefined;' : `r+=${text(text(type.name))};`
    if (fieldName === '__schema' || fieldName === '__type') return `r+=intro(${text(responseName)},V);`
    const field = isUnionType(type) ? undefined : type.getFields()[fieldName]
    if (!field) throw new NotCompilable(`${type.name} has no field ${fieldName}.`)
    const nullable = getNullableType(field.type)
    const write = isLeafType(nullable) ? this.#leaf(nullable, 'x') : `${this.valueOf(nullable, sets)}(x,V,R)`
    const read = `x=o.${this.#names?.stored(responseName, fieldName) ?? responseName};`
    return isNonNullType(field.type)
      ? `${read}s=x==null?bad(R):${write};if(s===undefined)return undefined;r+=s;`
      : `${read}s=x==null?'null':${write};r+=s===undefined?'null':s;`
  }

  #leaf(type: GraphQLLeafType, value: string): string {
    const integer = `Number.isInteger(${value})&&${value}<1e21&&${value}>-1e21`
    if (isEnumType(type)) {
      const names = new Set(type.getValues().map(({ name }) => name))
      return `(K[${this.constants.push(names) - 1}].has(${value})?'"'+${value}+'"':bad(R))`
    }
    switch (type.name) {
      case 'Int':
        return `(${integer}?''+${value}:bad(R))`
      case 'Float':
        return `(Number.isFinite(${value})?''+${value}:bad(R))`
      case 'Boolean':
        return `(${value}===true?'true':${value}===false?'false':bad(R))`
      case 'String':
        return `(typeof ${value}==='string'?str(${value}):bad(R))`
      case 'ID':
        return `(typeof ${value}==='string'?str(${value}):${integer}?''+${value}:bad(R))`
      default:
        return `val(${value})`
    }
  }

  #keyOf(sets: readonly ConditionalSet[]): string {
    return sets
      .map(({ set, condition }) => {
        const known = this.#setNumbers.get(set) ?? this.#setNumbers.size
        this.#setNumbers.set(set, known)
        return `${known}${condition ?? ''}`
      })
      .join('|')
  }

  #once(key: string, body: () => string): string {
    const known = this.#known.get(key)
    if (known) return known
    const name = `f${this.#known.size}`
    this.#known.set(key, name)
    const code = `function ${name}(o,V,R){${body()}}`
    this.#characters += code.length
    if (this.#characters > CODE_CHARACTERS_MAX) throw new NotCompilable('The answer has too many shapes.')
    this.functions.push(code)
    return name
  }
}
