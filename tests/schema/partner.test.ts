import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { typeDefsOf } from '@tillgraph/kit/subgraph/schema'
import { partnerScopes, scopePermissions } from '@tillgraph/rules/permissions'
import { buildSchema, type DocumentNode, isObjectType, isSpecifiedScalarType, Kind } from 'graphql'
import { expect, test } from 'vitest'
import { SUBGRAPHS } from '../../scripts/database/subgraphs.ts'

const project = join(import.meta.dirname, '../..')
const partner = buildSchema(readFileSync(join(project, 'partner.graphql'), 'utf8'))

/** All that partners can do. Whoever adds to it adds here, and to what partners are told. */
const OPERATIONS: Readonly<Record<string, readonly string[]>> = {
  Query: [
    'product',
    'productBySku',
    'productByBarcode',
    'products',
    'searchProducts',
    'category',
    'categories',
    'taxSettings',
    'store',
    'stores',
    'order',
    'myOrders',
    'delivery',
  ],
  Mutation: ['placeOrder'],
  Subscription: ['orderChanged', 'deliveryChanged'],
}

/** What no partner is ever shown, whatever it hangs on. */
const NEVER =
  /cost|margin|valuation|supplier|password|secret|audit|loyalty|cashier|register|drawer|ledger|permission|grants?$|users?$|courier|stock|taxNumber|receipt/i

test('partners can do what this release lets them, and nothing else', () => {
  for (const type of Object.values(partner.getTypeMap())) {
    if (type !== partner.getQueryType() && type !== partner.getMutationType() && type !== partner.getSubscriptionType())
      continue
    expect([type.name, Object.keys(type.getFields()).sort()]).toEqual([
      type.name,
      [...(OPERATIONS[type.name] ?? [])].sort(),
    ])
  }
})

test('nothing of the inside of a business is in what partners see', () => {
  const seen: string[] = []
  for (const type of Object.values(partner.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__') || isSpecifiedScalarType(type)) continue
    for (const field of Object.keys(type.getFields())) if (NEVER.test(field)) seen.push(`${type.name}.${field}`)
  }
  expect(seen).toEqual([])
})

test('whatever partners see takes a permission that some scope gives', () => {
  const given = new Set<string>(partnerScopes.flatMap(scope => [...scopePermissions[scope]]))
  const closed: string[] = []
  for (const [place, permission] of permissions()) if (!given.has(permission) && isPublic(place)) closed.push(place)
  expect(closed).toEqual([])
})

function isPublic(place: string): boolean {
  const [typeName = '', field] = place.split('.')
  const type = partner.getType(typeName)
  return field === undefined ? false : isObjectType(type) && type.getFields()[field] !== undefined
}

/** What each field takes by its own `@allow`, and root fields always. */
function permissions(): Map<string, string> {
  const found = new Map<string, string>()
  for (const name of SUBGRAPHS) {
    const typeDefs: DocumentNode = typeDefsOf(readFileSync(join(project, 'subgraphs', name, 'schema.graphql'), 'utf8'))
    for (const definition of typeDefs.definitions) {
      if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION) continue
      for (const field of definition.fields ?? []) {
        const allow = field.directives?.find(directive => directive.name.value === 'allow')
        const value = allow?.arguments?.find(argument => argument.name.value === 'permission')?.value
        if (value?.kind === Kind.STRING) found.set(`${definition.name.value}.${field.name.value}`, value.value)
      }
    }
  }
  return found
}
