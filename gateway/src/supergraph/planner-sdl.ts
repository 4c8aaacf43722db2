import {
  type ArgumentNode,
  type ConstDirectiveNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type InterfaceTypeDefinitionNode,
  Kind,
  type ObjectTypeDefinitionNode,
  parse,
  print,
  type SelectionSetNode,
  type StringValueNode,
  type TypeNode,
} from 'graphql'

/** A field that another field is computed from, called with arguments. */
export interface RequiredCall {
  readonly field: string
  readonly arguments: readonly ArgumentNode[]
}

/** The supergraph as the planner gets it. */
export interface PlannerSdl {
  readonly sdl: string
  /** The calls that fields made up for the planner stand for. */
  readonly calls: ReadonlyMap<string, RequiredCall>
  /** Which of them a field is computed from, by `subgraph Type.field`. */
  readonly callsOf: ReadonlyMap<string, ReadonlySet<string>>
}

type Composite = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode
type Definitions = Map<string, Composite>

const PREFIX = 'required__call'

/**
 * Changes a supergraph where the planner would plan wrongly:
 *
 * It merges fields by their name in the answer and forgets that arguments may differ: of `price(currency: "USD")` that
 * one field is computed from, `price(currency: "EUR")` that another is, and what the client asks for, one would be
 * fetched. So each call that `@requires` names becomes a field of its own; what subgraphs are asked is put back later.
 *
 * It returns to a subgraph by any key that stands there, although the subgraph may say that it finds nothing by it. So
 * such keys are left out where the subgraph has a better one.
 */
export function plannerSdl(sdl: string): PlannerSdl {
  const document = parse(sdl, { noLocation: true })
  const definitions: Definitions = new Map()
  for (const definition of document.definitions) {
    if (isComposite(definition)) definitions.set(definition.name.value, definition)
  }
  const calls = new CallCollector(document, definitions)
  const separated = [...definitions.values()].map(definition => calls.separate(definition))
  const changed = new Map(separated.map(definition => [definition.name.value, withoutDeadKeys(definition)]))
  for (const [type, fields] of calls.made) {
    const definition = changed.get(type)
    if (definition) changed.set(type, { ...definition, fields: [...(definition.fields ?? []), ...fields.values()] })
  }
  const isChanged = [...changed].some(([name, definition]) => definitions.get(name) !== definition)
  if (!isChanged) return { sdl, calls: new Map(), callsOf: new Map() }
  const rewritten = document.definitions.map(definition =>
    isComposite(definition) ? (changed.get(definition.name.value) ?? definition) : definition,
  )
  return { sdl: print({ ...document, definitions: rewritten }), calls: calls.calls, callsOf: calls.callsOf }
}

class CallCollector {
  readonly calls = new Map<string, RequiredCall>()
  readonly callsOf = new Map<string, Set<string>>()
  /** The made up fields by type and name. */
  readonly made = new Map<string, Map<string, FieldDefinitionNode>>()
  readonly #definitions: Definitions
  readonly #subgraphs: ReadonlyMap<string, string>
  readonly #names = new Map<string, string>()

  constructor(document: DocumentNode, definitions: Definitions) {
    this.#definitions = definitions
    this.#subgraphs = subgraphNames(document)
  }

  separate(definition: Composite): Composite {
    const fields = definition.fields?.map(field => this.#separateField(definition.name.value, field))
    return fields?.some((field, index) => field !== definition.fields?.[index]) ? { ...definition, fields } : definition
  }

  #separateField(type: string, field: FieldDefinitionNode): FieldDefinitionNode {
    const directives = field.directives?.map(directive => this.#separateRequires(type, field.name.value, directive))
    const isChanged = directives?.some((directive, index) => directive !== field.directives?.[index])
    return directives && isChanged ? { ...field, directives } : field
  }

  #separateRequires(type: string, field: string, directive: ConstDirectiveNode): ConstDirectiveNode {
    const requires = textArgument(directive, 'requires')
    if (directive.name.value !== 'join__field' || requires === undefined) return directive
    const found = new Set<string>()
    const set = this.#separateSet(type, parseSelections(requires), found)
    if (found.size === 0) return directive
    const subgraph = this.#subgraphs.get(enumArgument(directive, 'graph') ?? '') ?? ''
    this.callsOf.set(`${subgraph} ${type}.${field}`, found)
    const value: StringValueNode = {
      kind: Kind.STRING,
      value: print(set)
        .replace(/^\{|\}$/g, '')
        .replace(/\s+/g, ' '),
    }
    const given = directive.arguments?.map(argument =>
      argument.name.value === 'requires' ? { ...argument, value } : argument,
    )
    return { ...directive, ...(given && { arguments: given }) }
  }

  #separateSet(type: string, set: SelectionSetNode, found: Set<string>): SelectionSetNode {
    const selections = set.selections.map(selection => {
      if (selection.kind === Kind.FRAGMENT_SPREAD) return selection
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        const narrower = selection.typeCondition?.name.value ?? type
        return { ...selection, selectionSet: this.#separateSet(narrower, selection.selectionSet, found) }
      }
      const field = this.#definitions.get(type)?.fields?.find(({ name }) => name.value === selection.name.value)
      if (!field) return selection
      const inner = selection.selectionSet && this.#separateSet(nameOfType(field.type), selection.selectionSet, found)
      const kept = inner ? { ...selection, selectionSet: inner } : selection
      if (!field.arguments?.length) return kept
      const name = this.#makeField(type, field, selection.arguments ?? [])
      found.add(name)
      return { ...kept, name: { kind: Kind.NAME, value: name } as const, arguments: [] }
    })
    return { ...set, selections }
  }

  #makeField(type: string, field: FieldDefinitionNode, given: readonly ArgumentNode[]): string {
    const key = `${field.name.value}(${given.map(print).sort().join()})`
    const name = this.#names.get(key) ?? `${PREFIX}_${this.#names.size}`
    this.#names.set(key, name)
    this.calls.set(name, { field: field.name.value, arguments: given })
    for (const owner of [type, ...this.#implementers(type)]) {
      const original = this.#definitions.get(owner)?.fields?.find(known => known.name.value === field.name.value)
      const made = this.made.get(owner) ?? new Map<string, FieldDefinitionNode>()
      this.made.set(owner, made)
      if (!original || made.has(name)) continue
      const { kind, type: fieldType } = original
      made.set(name, { kind, name: { kind: Kind.NAME, value: name }, type: fieldType })
      // What is computed may itself be computed from calls.
      const directives = original.directives?.filter(directive => directive.name.value === 'join__field')
      const separated = directives?.map(directive => this.#separateRequires(owner, name, directive))
      made.set(name, {
        kind,
        name: { kind: Kind.NAME, value: name },
        type: fieldType,
        ...(separated && { directives: separated }),
      })
    }
    return name
  }

  #implementers(type: string): string[] {
    return [...this.#definitions.values()]
      .filter(({ interfaces }) => interfaces?.some(({ name }) => name.value === type))
      .map(({ name }) => name.value)
  }
}

function withoutDeadKeys(definition: Composite): Composite {
  const isKey = (directive: ConstDirectiveNode) =>
    directive.name.value === 'join__type' && textArgument(directive, 'key') !== undefined
  const isDead = (directive: ConstDirectiveNode) =>
    directive.arguments?.some(
      ({ name, value }) => name.value === 'resolvable' && value.kind === Kind.BOOLEAN && !value.value,
    )
  const keys = (definition.directives ?? []).filter(isKey)
  const alive = new Set(keys.filter(key => !isDead(key)).map(key => enumArgument(key, 'graph')))
  const isLeftOut = (directive: ConstDirectiveNode) =>
    isKey(directive) && isDead(directive) && alive.has(enumArgument(directive, 'graph'))
  const directives = definition.directives?.filter(directive => !isLeftOut(directive))
  return directives && directives.length !== definition.directives?.length ? { ...definition, directives } : definition
}

function isComposite(definition: { readonly kind: Kind }): definition is Composite {
  return definition.kind === Kind.OBJECT_TYPE_DEFINITION || definition.kind === Kind.INTERFACE_TYPE_DEFINITION
}

function subgraphNames(document: DocumentNode): ReadonlyMap<string, string> {
  const names = new Map<string, string>()
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.ENUM_TYPE_DEFINITION || definition.name.value !== 'join__Graph') continue
    for (const value of definition.values ?? []) {
      const [directive] = value.directives ?? []
      names.set(value.name.value, (directive && textArgument(directive, 'name')) ?? value.name.value)
    }
  }
  return names
}

function textArgument(directive: ConstDirectiveNode, name: string): string | undefined {
  const value = directive.arguments?.find(argument => argument.name.value === name)?.value
  return value?.kind === Kind.STRING ? value.value : undefined
}

function enumArgument(directive: ConstDirectiveNode, name: string): string | undefined {
  const value = directive.arguments?.find(argument => argument.name.value === name)?.value
  return value?.kind === Kind.ENUM ? value.value : undefined
}

function parseSelections(text: string): SelectionSetNode {
  const [definition] = parse(`{${text}}`, { noLocation: true }).definitions
  if (definition?.kind !== Kind.OPERATION_DEFINITION) throw new Error('A selection is not valid.')
  return definition.selectionSet
}

function nameOfType(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : nameOfType(type.type)
}
