import { isUtf8 } from 'node:buffer'
import {
  type GraphQLCompositeType,
  type GraphQLLeafType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNullableType,
  isEnumType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  type OperationDefinitionNode,
} from 'graphql'
import {
  scanBoolean,
  scanInteger,
  scanNull,
  scanNumber,
  scanOneOf,
  scanScalar,
  scanString,
  scanText,
} from './json-scan.ts'
import { appliesTo, type ConditionalSet, collectFields, type Fragments } from './selections.ts'

/**
 * Whether the bytes of a subgraph's answer are word for word what the client is to be told: no errors, every field in
 * its place, every value of its type, no null where none may be. Where in doubt, false.
 */
export type AnswerCheck = (bytes: Buffer) => boolean

const CODE_CHARACTERS_MAX = 200_000
const HEAD = '{"data":'

const SCANS = { scanBoolean, scanInteger, scanNull, scanNumber, scanOneOf, scanScalar, scanString, scanText }

/** Thrown for what has to be looked at as objects: types that only the answer tells, conditions, introspection. */
class NotCheckable extends Error {}

/** Generates the check for one operation; undefined where there is none. */
export function compileAnswerCheck(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  fragments: Fragments,
): AnswerCheck | undefined {
  const root = schema.getRootType(operation.operation)
  if (!root) return undefined
  const writer = new CheckWriter(schema, fragments)
  let name: string
  try {
    name = writer.objectOf(root, [{ set: operation.selectionSet, condition: undefined }], true)
  } catch (error) {
    if (error instanceof NotCheckable) return undefined
    throw error
  }
  const names = Object.keys(SCANS)
  const code = `'use strict';
${writer.functions.join('\n')}
function whole(b,i){${expectText(HEAD)}i=${name}(b,i);if(i<0)return -1;${expectText('}')}return i;}
return b=>{let i=whole(b,0);if(i<0)return false;
for(;i<b.length;i++)if(b[i]!==10&&b[i]!==13&&b[i]!==32)return false;return true};`
  const scan: AnswerCheck = new Function('K', ...names, code)(writer.constants, ...Object.values(SCANS))
  return bytes => scan(bytes) && isUtf8(bytes)
}

/** Code that goes on behind a text, or gives up. */
function expectText(text: string): string {
  const unlike = [...Buffer.from(text)].map((byte, index) => `b[i+${index}]!==${byte}`)
  return `if(${unlike.join('||')})return -1;i+=${unlike.length};`
}

class CheckWriter {
  readonly functions: string[] = []
  readonly constants: unknown[] = []
  readonly #schema: GraphQLSchema
  readonly #fragments: Fragments
  readonly #enums = new Map<string, number>()
  #characters = 0

  constructor(schema: GraphQLSchema, fragments: Fragments) {
    this.#schema = schema
    this.#fragments = fragments
  }

  /** The name of a function (bytes, place) that finds the end of an object of a type. */
  objectOf(type: GraphQLCompositeType, sets: readonly ConditionalSet[], isRoot = false): string {
    if (!isObjectType(type)) throw new NotCheckable()
    const { appearances, sets: inner } = collectFields(this.#fragments, appliesTo(this.#schema, type), sets)
    let code = ''
    for (const { responseName, fieldName, condition, unless } of appearances) {
      if (condition !== undefined || unless.length > 0) throw new NotCheckable()
      // What is asked of the root about itself no subgraph is asked.
      if (isRoot && fieldName.startsWith('__')) throw new NotCheckable()
      code += expectText(`${code === '' ? '{' : ','}${JSON.stringify(responseName)}:`)
      code += this.#field(type, fieldName, inner.get(responseName) ?? [])
    }
    if (code === '') throw new NotCheckable()
    return this.#function(`${code}${expectText('}')}return i;`)
  }

  #field(type: GraphQLObjectType, fieldName: string, sets: readonly ConditionalSet[]): string {
    if (fieldName === '__typename') return expectText(JSON.stringify(type.name))
    const field = type.getFields()[fieldName]
    if (!field) throw new NotCheckable()
    return this.#value(field.type, sets)
  }

  #value(type: GraphQLOutputType, sets: readonly ConditionalSet[]): string {
    const nullable = getNullableType(type)
    const read = `i=${this.#scan(nullable, sets)};`
    return `${isNonNullType(type) ? read : `if(b[i]===110)i=scanNull(b,i);else ${read}`}if(i<0)return -1;`
  }

  #scan(type: GraphQLOutputType, sets: readonly ConditionalSet[]): string {
    if (isListType(type)) {
      const name = this.#function(`if(b[i]!==91)return -1;i++;if(b[i]===93)return i+1;
for(;;){${this.#value(type.ofType, sets)}if(b[i]===93)return i+1;if(b[i]!==44)return -1;i++;}`)
      return `${name}(b,i)`
    }
    return isLeafType(type) ? this.#leaf(type) : `${this.objectOf(type as GraphQLCompositeType, sets)}(b,i)`
  }

  #leaf(type: GraphQLLeafType): string {
    if (isEnumType(type)) {
      const number = this.#enums.get(type.name) ?? this.constants.length
      if (number === this.constants.length) {
        this.#enums.set(type.name, number)
        this.constants.push(type.getValues().map(({ name }) => Buffer.from(JSON.stringify(name))))
      }
      return `scanOneOf(b,i,K[${number}])`
    }
    switch (type.name) {
      case 'Int':
        return 'scanInteger(b,i)'
      case 'Float':
        return 'scanNumber(b,i)'
      case 'Boolean':
        return 'scanBoolean(b,i)'
      case 'String':
        return 'scanString(b,i)'
      case 'ID':
        return 'b[i]===34?scanString(b,i):scanInteger(b,i)'
      default:
        return 'scanScalar(b,i)'
    }
  }

  #function(body: string): string {
    const name = `f${this.functions.length}`
    const code = `function ${name}(b,i){${body}}`
    this.#characters += code.length
    if (this.#characters > CODE_CHARACTERS_MAX) throw new NotCheckable()
    this.functions.push(code)
    return name
  }
}
