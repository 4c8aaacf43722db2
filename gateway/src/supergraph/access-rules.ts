import {
  type ConstDirectiveNode,
  type DocumentNode,
  type FieldDefinitionNode,
  Kind,
  parse,
  print,
  type TypeDefinitionNode,
  valueFromASTUntyped,
  visit,
} from 'graphql'
import { importsOf, linkedUrl, linksOf, prefixOf } from './links.ts'

/** What a caller must have to read a type or field. */
export interface AccessRule {
  readonly authenticated: boolean
  /** One of the lists must be held in full; every entry of this list has to be met. */
  readonly scopes: readonly (readonly (readonly string[])[])[]
  /** Policies are decided by programs that this gateway does not have: what asks for one is closed. */
  readonly closed: boolean
}

/** Rules by `Type` and `Type.field`. */
export type AccessRules = ReadonlyMap<string, AccessRule>

export interface ReadSupergraph {
  /** The text without what ApolloGateway refuses to load, because it would not enforce it. */
  readonly sdl: string
  readonly rules: AccessRules
}

const NAMES = ['authenticated', 'requiresScopes', 'policy'] as const
type RuleName = (typeof NAMES)[number]
/** Not about security, but a gateway that did not pass context down would answer wrongly: so it must not be ignored. */
const CONTEXT_SPECIFICATION = /^https:\/\/specs\.apollo\.dev\/context\//
const SPECIFICATION = /^https:\/\/specs\.apollo\.dev\/(authenticated|requiresScopes|policy)\//

/**
 * Reads `@authenticated`, `@requiresScopes` and `@policy` out of a supergraph and leaves a text that the loader takes.
 * It is this gateway that enforces them, and that passes context down; a supergraph that demands any other security feature is still refused.
 */
export function readAccessRules(sdl: string): ReadSupergraph {
  if (!sdl.includes('SECURITY')) return { sdl, rules: new Map() }
  const document = parse(sdl, { noLocation: true })
  const names = directiveNames(document)
  const rules = new Map<string, AccessRule>()
  for (const definition of document.definitions) {
    if (!('name' in definition) || !definition.name || !('directives' in definition)) continue
    add(rules, definition.name.value, ruleOf(definition as TypeDefinitionNode, names))
    if (!('fields' in definition)) continue
    for (const field of definition.fields ?? []) {
      const rule = ruleOf(field as FieldDefinitionNode, names)
      add(rules, `${definition.name.value}.${field.name.value}`, rule)
    }
  }
  const stripped = visit(document, {
    Directive: node => {
      const url = node.name.value === 'link' ? linkedUrl(node as ConstDirectiveNode) : ''
      if (!SPECIFICATION.test(url) && !CONTEXT_SPECIFICATION.test(url)) return undefined
      return { ...node, arguments: (node.arguments ?? []).filter(argument => argument.name.value !== 'for') }
    },
  })
  return { sdl: print(stripped), rules }
}

/**
 * What the directives are called in this supergraph: `@link` may give them other names, by `as` and by `import`. A
 * demand for one that is then not to be found could not be enforced, so it is not loaded.
 */
function directiveNames(document: DocumentNode): ReadonlyMap<string, RuleName> {
  const names = new Map<string, RuleName>()
  const defined = new Set<string>()
  for (const definition of document.definitions) {
    if (definition.kind === Kind.DIRECTIVE_DEFINITION) defined.add(definition.name.value)
  }
  for (const link of linksOf(document)) {
    const feature = SPECIFICATION.exec(linkedUrl(link))?.[1]
    if (!feature) continue
    const given = [feature, prefixOf(link), ...importsOf(link).map(([_, own]) => own)]
    const known = given.filter(name => name !== undefined && defined.has(name)) as string[]
    if (known.length === 0) throw new Error(`The supergraph demands @${feature} and does not define it.`)
    for (const name of known) names.set(name, feature as RuleName)
  }
  return names
}

function ruleOf(
  node: { readonly directives?: readonly ConstDirectiveNode[] | undefined },
  names: ReadonlyMap<string, RuleName>,
): AccessRule | undefined {
  let rule: AccessRule | undefined
  for (const directive of node.directives ?? []) {
    const name = names.get(directive.name.value)
    if (!name) continue
    const known = rule ?? { authenticated: true, scopes: [], closed: false }
    if (name === 'policy') rule = { ...known, closed: true }
    else if (name === 'requiresScopes') rule = { ...known, scopes: [...known.scopes, scopesOf(directive)] }
    else rule = known
  }
  return rule
}

function scopesOf(directive: ConstDirectiveNode): string[][] {
  const scopes = directive.arguments?.find(argument => argument.name.value === 'scopes')?.value
  return scopes ? (valueFromASTUntyped(scopes) as string[][]) : []
}

function add(rules: Map<string, AccessRule>, name: string, rule: AccessRule | undefined): void {
  if (!rule) return
  const known = rules.get(name)
  rules.set(
    name,
    known ? { ...rule, scopes: [...known.scopes, ...rule.scopes], closed: known.closed || rule.closed } : rule,
  )
}
