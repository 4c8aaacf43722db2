import { type DocumentNode, Kind, type NameNode, visit } from 'graphql'
import type { ExecutionError } from './execution.ts'
import { type Data, isData } from './merge.ts'

const OWN_NAME = 'alias__'

/**
 * What a client calls a field in the answer may be what another field is called in truth: `id: name`. A plan knows
 * fields by their names in the answer, so it would take the one for the other, for keys and for what fields are
 * computed from, and send a subgraph what was never meant. Such aliases get names of our own as long as an operation
 * is planned and run; so do names that every JavaScript object inherits.
 */
export class ResponseNames {
  /** The document as it is planned and run. */
  readonly document: DocumentNode
  readonly #own: ReadonlyMap<string, string>
  readonly #given: ReadonlyMap<string, string>

  /** Undefined where all names can stay as they are. */
  static for(document: DocumentNode, fieldNames: ReadonlySet<string>): ResponseNames | undefined {
    const own = new Map<string, string>()
    visit(document, {
      enter: node => {
        if (node.kind !== Kind.FIELD) return
        const responseName = node.alias?.value ?? node.name.value
        if (!own.has(responseName) && isAmbiguous(responseName, node.name.value, fieldNames)) {
          own.set(responseName, `${OWN_NAME}${own.size}`)
        }
      },
    })
    return own.size === 0 ? undefined : new ResponseNames(document, own)
  }

  private constructor(document: DocumentNode, own: ReadonlyMap<string, string>) {
    this.#own = own
    this.#given = new Map([...own].map(([given, name]) => [name, given]))
    this.document = visit(document, {
      enter: node => {
        if (node.kind !== Kind.FIELD) return undefined
        const responseName = node.alias?.value ?? node.name.value
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
    return errors.map(error => {
      const path = error.path?.map(part => (typeof part === 'string' ? (this.#given.get(part) ?? part) : part))
      return path ? { ...error, path } : error
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

const isInherited = (name: string) => name in Object.prototype

const nameNode = (value: string): NameNode => ({ kind: Kind.NAME, value })
