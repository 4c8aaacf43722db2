import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  Kind,
  type NameNode,
  type SelectionSetNode,
  visit,
} from 'graphql'
import type { ExecutionError } from './execution.ts'
import { type Data, isData } from './merge.ts'

type ResponsePath = readonly (string | number)[]

const OWN_NAME = 'alias__'
const CLIENT_VARIABLE = 'client__'

/** Names of variables that plans use for what is not the client's. */
const OUR_VARIABLES = /^(?:representations|contextualArgument|client__)/

const isOurVariable = (name: string) => OUR_VARIABLES.test(name)

/** What the client calls a variable of a plan. */
export function clientVariable(name: string): string {
  return name.startsWith(CLIENT_VARIABLE) ? name.slice(CLIENT_VARIABLE.length) : name
}

/**
 * What a client calls a field in the answer may be what another field is called in truth: `id: name`. A plan knows
 * fields by their names in the answer, so it would take the one for the other, for keys and for what fields are
 * computed from, and send a subgraph what was never meant. Such aliases get names of our own as long as an operation
 * is planned and run; so do names that every JavaScript object inherits, and variables that are called as ours are.
 */
export class ResponseNames {
  /** The document as it is planned and run. */
  readonly document: DocumentNode
  readonly #own: ReadonlyMap<string, string>
  readonly #given: ReadonlyMap<string, string>
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>
  readonly #roots: readonly SelectionSetNode[]

  /** Undefined where all names can stay as they are. */
  static for(document: DocumentNode, fieldNames: ReadonlySet<string>): ResponseNames | undefined {
    const own = new Map<string, string>()
    let hasOurVariables = false
    visit(document, {
      enter: node => {
        if (node.kind === Kind.VARIABLE && isOurVariable(node.name.value)) hasOurVariables = true
        if (node.kind !== Kind.FIELD) return
        const responseName = responseNameOf(node)
        if (!own.has(responseName) && isAmbiguous(responseName, node.name.value, fieldNames)) {
          own.set(responseName, `${OWN_NAME}${own.size}`)
        }
      },
    })
    return own.size === 0 && !hasOurVariables ? undefined : new ResponseNames(document, own)
  }

  private constructor(document: DocumentNode, own: ReadonlyMap<string, string>) {
    const fragments = new Map<string, FragmentDefinitionNode>()
    const roots: SelectionSetNode[] = []
    for (const definition of document.definitions) {
      if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition)
      if (definition.kind === Kind.OPERATION_DEFINITION) roots.push(definition.selectionSet)
    }
    this.#fragments = fragments
    this.#roots = roots
    this.#own = own
    this.#given = new Map([...own].map(([given, name]) => [name, given]))
    this.document = visit(document, {
      enter: node => {
        if (node.kind === Kind.VARIABLE && isOurVariable(node.name.value)) {
          return { ...node, name: nameNode(`${CLIENT_VARIABLE}${node.name.value}`) }
        }
        if (node.kind !== Kind.FIELD) return undefined
        const responseName = responseNameOf(node)
        const stored = this.stored(responseName, node.name.value)
        return stored === responseName ? undefined : { ...node, alias: nameNode(stored) }
      },
    })
  }

  /** The name under which a field stands in the data that are collected. */
  stored(responseName: string, fieldName: string): string {
    if (responseName === fieldName && !isInherited(responseName)) return responseName
    return this.#own.get(responseName) ?? responseName
  }

  /** Errors with their places as the client knows them. */
  restoreErrors(errors: readonly ExecutionError[]): readonly ExecutionError[] {
    return errors.map(error => (error.path ? { ...error, path: this.#restorePath(error.path) } : error))
  }

  /**
   * An error may be about a field that the client did not ask for, but something else was computed from. Where the client
   * calls another field by its name, the error is told of the object instead.
   */
  #restorePath(path: ResponsePath): ResponsePath {
    const restored: (string | number)[] = []
    let sets = this.#roots
    for (const part of path) {
      if (typeof part === 'number') {
        restored.push(part)
        continue
      }
      const fields = sets.flatMap(set => this.#fieldsOf(set))
      const asked = fields.filter(field => this.stored(responseNameOf(field), field.name.value) === part)
      if (asked.length === 0 && fields.some(field => responseNameOf(field) === part)) break
      restored.push(this.#given.get(part) ?? part)
      sets = asked.flatMap(field => field.selectionSet ?? [])
    }
    return restored
  }

  #fieldsOf(set: SelectionSetNode): FieldNode[] {
    return set.selections.flatMap(selection => {
      if (selection.kind === Kind.FIELD) return selection
      const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : this.#fragments.get(selection.name.value)
      return fragment ? this.#fieldsOf(fragment.selectionSet) : []
    })
  }

  /** Shaped data with the names that the client gave. */
  restoreData(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(item => this.restoreData(item))
    if (!isData(value)) return value
    const restored: Data = {}
    for (const key of Object.keys(value)) {
      const name = this.#given.get(key) ?? key
      Object.defineProperty(restored, name, { value: this.restoreData(value[key]), enumerable: true })
    }
    return restored
  }
}

/** Every name that subgraphs may be asked for is spoken for, and those of GraphQL and of this gateway itself. */
function isAmbiguous(responseName: string, fieldName: string, fieldNames: ReadonlySet<string>): boolean {
  if (isInherited(responseName)) return true
  return responseName !== fieldName && (fieldNames.has(responseName) || responseName.includes('__'))
}

const responseNameOf = (field: FieldNode) => field.alias?.value ?? field.name.value

const isInherited = (name: string) => name in Object.prototype

const nameNode = (value: string): NameNode => ({ kind: Kind.NAME, value })
