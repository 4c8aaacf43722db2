import { isPermission, type Permission } from '@tillgraph/rules/permissions'
import {
  type DirectiveNode,
  type GraphQLField,
  type GraphQLFieldResolver,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNullableType,
  isInputObjectType,
  isLeafType,
  isObjectType,
  isUnionType,
  valueFromASTUntyped,
} from 'graphql'
import type { Caller } from '../access/caller.ts'
import { refusal } from '../errors.ts'

/** What `@allow` says of a field or a type. */
interface Allowed {
  readonly permission: Permission | undefined
  readonly store: readonly string[] | undefined
  readonly public: boolean
  readonly services: readonly string[]
}

const NOBODY: Allowed = { permission: undefined, store: undefined, public: false, services: [] }

/** What a resolver's context must hold for the guard to know who asks. */
export interface GuardedContext {
  readonly caller: Caller | undefined
}

/** The root fields that federation itself adds; what is entered by `_entities` is guarded by its type. */
const FEDERATION_FIELDS = new Set(['_entities', '_service'])

/**
 * Puts `@allow` in front of resolvers: every root field, every field that says it, and every type that can be
 * entered by reference. Throws, naming all of them, when a root field or an entered type says nothing: what nobody
 * thought about is denied.
 */
export function guardSchema(schema: GraphQLSchema): void {
  const faults: string[] = []
  const roots = new Set([schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()])
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue
    const isRoot = roots.has(type)
    for (const field of Object.values(type.getFields())) {
      const where = `${type.name}.${field.name}`
      const allowed = readAllow(directiveOf(field.astNode?.directives), where, faults)
      if (allowed?.store && !hasValueAt(field, allowed.store))
        faults.push(`${where}: there is no argument ${allowed.store.join('.')}, where @allow looks for the store`)
      if (allowed) guardField(field, allowed)
      else if (isRoot && !FEDERATION_FIELDS.has(field.name)) faults.push(`${type.name}.${field.name} has no @allow`)
    }
  }
  const entities = schema.getType('_Entity')
  if (isUnionType(entities)) for (const type of entities.getTypes()) guardReference(type, faults)
  if (faults.length > 0)
    throw new Error(`The schema cannot be served:\n${faults.map(fault => `  - ${fault}`).join('\n')}`)
}

function guardField(field: GraphQLField<unknown, GuardedContext>, allowed: Allowed): void {
  const { resolve, subscribe } = field
  if (subscribe) {
    field.subscribe = (source, args, context, info) => {
      demand(allowed, context.caller, args)
      return subscribe(source, args, context, info)
    }
    return
  }
  const inner: GraphQLFieldResolver<unknown, GuardedContext> =
    resolve ?? (source => (source as Record<string, unknown>)[field.name])
  field.resolve = (source, args, context, info) => {
    demand(allowed, context.caller, args)
    return inner(source, args, context, info)
  }
}

/** A type that this subgraph names and another one resolves: nobody has business entering it here. */
function isOnlyReferredTo(directives: readonly DirectiveNode[]): boolean {
  const keys = directives.filter(directive => directive.name.value === 'key')
  return keys.every(key =>
    key.arguments?.some(
      ({ name, value }) => name.value === 'resolvable' && value.kind === 'BooleanValue' && !value.value,
    ),
  )
}

type ReferenceResolver = (reference: unknown, context: GuardedContext, info: unknown) => unknown

/**
 * Whoever may enter a type by reference is asked for it there, one entity at a time, so that what is denied is null
 * and the rest is answered. A type without a resolver of its own is entered with the bare reference.
 */
function guardReference(type: GraphQLObjectType, faults: string[]): void {
  const apollo = (type.extensions.apollo ?? {}) as { subgraph?: { resolveReference?: ReferenceResolver } }
  const resolveReference = apollo.subgraph?.resolveReference ?? (reference => reference)
  const nodes = [type.astNode, ...type.extensionASTNodes]
  const directives = nodes.flatMap(node => node?.directives ?? [])
  const allowed =
    readAllow(directiveOf(directives), type.name, faults) ?? (isOnlyReferredTo(directives) ? NOBODY : undefined)
  if (allowed?.store) faults.push(`${type.name}: what is entered by reference has no arguments to find a store in`)
  if (!allowed) {
    faults.push(`${type.name} can be entered by reference and has no @allow`)
    return
  }
  const guarded: ReferenceResolver = async (reference, context, info) => {
    demand(allowed, context.caller, {})
    return resolveReference(reference, context, info)
  }
  type.extensions = {
    ...type.extensions,
    apollo: { ...apollo, subgraph: { ...apollo.subgraph, resolveReference: guarded } },
  }
}

function demand(allowed: Allowed, caller: Caller | undefined, args: Readonly<Record<string, unknown>>): void {
  if (allowed.public) return
  if (!caller) throw refusal('UNAUTHENTICATED', 'Sign in first: this needs an access token.')
  if (caller.kind === 'service') {
    if (allowed.services.includes(caller.subject)) return
  } else if (allowed.permission !== undefined) {
    if (allowed.store === undefined) {
      if (caller.may(allowed.permission)) return
    } else {
      const store = at(args, allowed.store)
      // where no store is named, all of them are meant
      const may =
        typeof store === 'string'
          ? caller.may(allowed.permission, store)
          : caller.storesWhere(allowed.permission) === 'all'
      if (may) return
    }
  }
  throw refusal('FORBIDDEN', 'This is not allowed for you.')
}

function at(args: Readonly<Record<string, unknown>>, path: readonly string[]): unknown {
  let value: unknown = args
  for (const step of path) value = (value as Record<string, unknown> | null | undefined)?.[step]
  return value
}

/** Whether the arguments have a value at a path: one that is mistyped must not leave the guard without a store. */
function hasValueAt(field: GraphQLField<unknown, unknown>, path: readonly string[]): boolean {
  const [first, ...rest] = path
  let type: GraphQLInputType | undefined = field.args.find(argument => argument.name === first)?.type
  for (const step of rest) {
    const inner = getNullableType(type)
    type = isInputObjectType(inner) ? inner.getFields()[step]?.type : undefined
  }
  return isLeafType(getNullableType(type))
}

function directiveOf(directives: readonly DirectiveNode[] | undefined): DirectiveNode | undefined {
  return directives?.find(directive => directive.name.value === 'allow')
}

function readAllow(directive: DirectiveNode | undefined, where: string, faults: string[]): Allowed | undefined {
  if (!directive) return undefined
  const given = Object.fromEntries(
    (directive.arguments ?? []).map(({ name, value }) => [name.value, valueFromASTUntyped(value)]),
  ) as { permission?: string; store?: string; public?: boolean; services?: string | string[] }
  const services = given.services === undefined ? [] : [given.services].flat()
  const { permission } = given
  if (permission !== undefined && !isPermission(permission))
    faults.push(`${where}: there is no permission ${permission}`)
  if (permission === undefined && given.public !== true && services.length === 0)
    faults.push(`${where}: @allow must name a permission, services or public`)
  return {
    permission: permission !== undefined && isPermission(permission) ? permission : undefined,
    store: given.store?.split('.'),
    public: given.public === true,
    services,
  }
}
