import {
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql'

/** What one operation may ask for. All of it is checked before validation and planning, which cost far more. */
export interface Limits {
  readonly tokens: number
  readonly depth: number
  readonly aliases: number
  readonly rootFields: number
  readonly directives: number
  /** Fragments that a document defines: comparing them with each other takes the square of their number. */
  readonly fragments: number
  /** Fields and fragments after every spread is written out. */
  readonly selections: number
  /** What an operation may cost at the most, worked out before it is planned; see cost.ts. */
  readonly costMax: number
  readonly bodyBytes: number
  readonly variablesDepth: number
  readonly requestMilliseconds: number
  readonly subgraphMilliseconds: number
  /** Operations that are carried out at once, and how many more wait, and how long, before they are turned away. */
  readonly inFlight: number
  readonly waiting: number
  readonly waitMilliseconds: number
  /** What an answer may take on average; while it takes longer, fewer are carried out at once. */
  readonly answerMilliseconds: number
  readonly connections: number
  /** WebSockets in all, and of one caller. */
  readonly sockets: number
  readonly socketsPerCaller: number
  /** What may wait for a slow reader before it is let go. */
  readonly socketBufferBytes: number
}

export const DEFAULT_LIMITS: Limits = {
  tokens: 4_000,
  depth: 15,
  aliases: 60,
  rootFields: 30,
  directives: 100,
  fragments: 60,
  selections: 2_500,
  costMax: 10_000,
  bodyBytes: 100_000,
  variablesDepth: 32,
  requestMilliseconds: 30_000,
  subgraphMilliseconds: 10_000,
  inFlight: 512,
  waiting: 2_000,
  waitMilliseconds: 5_000,
  answerMilliseconds: 4_000,
  connections: 20_000,
  sockets: 15_000,
  socketsPerCaller: 500,
  socketBufferBytes: 1_000_000,
}

/** What a graph for others than one's own applications allows, unless set otherwise. */
export const DEFAULT_CONTRACT_LIMITS: Limits = {
  ...DEFAULT_LIMITS,
  depth: 10,
  aliases: 30,
  rootFields: 10,
  selections: 1_000,
  costMax: 2_000,
  inFlight: 64,
  waiting: 256,
  sockets: 2_000,
  socketsPerCaller: 50,
}

interface Extent {
  depth: number
  aliases: number
  directives: number
  selections: number
  rootFields: number
}

/** Throws at the first limit that an operation of the document exceeds. */
export function checkLimits(document: DocumentNode, limits: Limits): void {
  const fragments = new Map<string, FragmentDefinitionNode>()
  const operations: OperationDefinitionNode[] = []
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition)
    else if (definition.kind === Kind.OPERATION_DEFINITION) operations.push(definition)
  }
  refuse('fragments', fragments.size, limits.fragments)
  const known = new Map<string, Extent | 'open'>()
  for (const fragment of fragments.values())
    refuseBeyond(extentOfFragment(fragment.name.value, fragments, known), limits)
  for (const operation of operations) {
    const extent = extentOf(operation.selectionSet, fragments, known)
    extent.directives += operation.directives?.length ?? 0
    for (const variable of operation.variableDefinitions ?? []) extent.directives += variable.directives?.length ?? 0
    refuseBeyond(extent, limits)
    refuse('root fields', extent.rootFields, limits.rootFields)
  }
}

function refuseBeyond(extent: Extent, limits: Limits): void {
  refuse('levels of depth', extent.depth, limits.depth)
  refuse('aliases', extent.aliases, limits.aliases)
  refuse('directives', extent.directives, limits.directives)
  refuse('selections', extent.selections, limits.selections)
}

function refuse(what: string, count: number, limit: number): void {
  if (count <= limit) return
  throw new GraphQLError(`The operation has more than ${limit} ${what}.`, {
    extensions: { validationErrorCode: 'LIMIT_EXCEEDED' },
  })
}

function extentOf(
  set: SelectionSetNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  known: Map<string, Extent | 'open'>,
): Extent {
  const sum: Extent = { depth: 0, aliases: 0, directives: 0, selections: 0, rootFields: 0 }
  for (const selection of set.selections) {
    sum.selections += 1
    sum.directives += selection.directives?.length ?? 0
    if (selection.kind === Kind.FIELD) {
      sum.rootFields += 1
      if (selection.alias) sum.aliases += 1
      const inner = selection.selectionSet ? extentOf(selection.selectionSet, fragments, known) : undefined
      if (inner) add(sum, inner)
      // How deep introspection goes is bounded by a validation rule of its own, and it costs no fetch.
      const counted = selection.name.value.startsWith('__') ? 0 : 1 + (inner?.depth ?? 0)
      sum.depth = Math.max(sum.depth, counted)
    } else {
      const inner =
        selection.kind === Kind.INLINE_FRAGMENT
          ? extentOf(selection.selectionSet, fragments, known)
          : extentOfFragment(selection.name.value, fragments, known)
      add(sum, inner)
      sum.rootFields += inner.rootFields
      sum.depth = Math.max(sum.depth, inner.depth)
    }
  }
  return sum
}

function add(sum: Extent, inner: Extent): void {
  sum.aliases += inner.aliases
  sum.directives += inner.directives
  sum.selections += inner.selections
}

/** Each fragment is measured once. One that contains itself counts nothing here: validation refuses it. */
function extentOfFragment(
  name: string,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  known: Map<string, Extent | 'open'>,
): Extent {
  const found = known.get(name)
  if (found && found !== 'open') return found
  const fragment = fragments.get(name)
  if (found === 'open' || !fragment) return { depth: 0, aliases: 0, directives: 0, selections: 0, rootFields: 0 }
  known.set(name, 'open')
  const extent = extentOf(fragment.selectionSet, fragments, known)
  known.set(name, extent)
  return extent
}
