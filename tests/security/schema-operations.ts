import {
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql'

const ANSWER_DEPTH = 3
const INPUT_DEPTH = 4

/** One root field as an operation that can be sent, whose ids are chosen when it is. */
export interface SchemaOperation {
  readonly kind: 'query' | 'mutation'
  readonly name: string
  readonly text: string
  /** Whether an id can be given to it at all. */
  readonly takesIds: boolean
  /** Variables with this id at every place that takes one; `unique` makes texts that nothing else has. */
  variables(id: string, unique: string): Record<string, unknown>
}

/** Every query and mutation of a schema, found by walking it: what is added later is there by itself. */
export function operationsOf(schema: GraphQLSchema): SchemaOperation[] {
  return [
    ...fieldsOf(schema, schema.getQueryType(), 'query'),
    ...fieldsOf(schema, schema.getMutationType(), 'mutation'),
  ]
}

function fieldsOf(schema: GraphQLSchema, root: GraphQLObjectType | null | undefined, kind: 'query' | 'mutation') {
  return Object.values(root?.getFields() ?? {}).map(field => operationOf(schema, field, kind))
}

function operationOf(
  schema: GraphQLSchema,
  field: GraphQLField<unknown, unknown>,
  kind: 'query' | 'mutation',
): SchemaOperation {
  const declared = field.args.map(argument => `$${argument.name}: ${argument.type}`).join(', ')
  const passed = field.args.map(argument => `${argument.name}: $${argument.name}`).join(', ')
  const selection = selectionOf(schema, field.type, ANSWER_DEPTH)
  return {
    kind,
    name: field.name,
    text: `${kind} Walk${declared && `(${declared})`} { ${field.name}${passed && `(${passed})`} ${selection} }`,
    takesIds: field.args.some(argument => holdsId(argument.type, INPUT_DEPTH)),
    variables: (id, unique) =>
      Object.fromEntries(
        field.args.map(argument => [argument.name, inputFor(argument.type, argument.name, id, unique, INPUT_DEPTH)]),
      ),
  }
}

/** All that can be selected without arguments, a few levels deep. */
function selectionOf(schema: GraphQLSchema, type: GraphQLOutputType, depth: number): string {
  const named = getNamedType(type)
  if (isLeafType(named)) return ''
  if (isAbstractType(named)) {
    const members = schema.getPossibleTypes(named).map(member => {
      const inner = fieldsText(schema, member, depth, member.name)
      return `... on ${member.name} { __typename ${inner} }`
    })
    return `{ __typename ${members.join(' ')} }`
  }
  return isObjectType(named) ? `{ __typename ${fieldsText(schema, named, depth, '')} }` : ''
}

function fieldsText(schema: GraphQLSchema, type: GraphQLObjectType, depth: number, prefix: string): string {
  const parts: string[] = []
  for (const field of Object.values(type.getFields())) {
    if (field.args.some(argument => isNonNullType(argument.type) && argument.defaultValue === undefined)) continue
    // members of a union may have fields of one name and different types: an alias keeps them apart
    const name = prefix ? `${prefix}_${field.name}: ${field.name}` : field.name
    if (isLeafType(getNamedType(field.type))) parts.push(name)
    else if (depth > 0) {
      const inner = selectionOf(schema, field.type, depth - 1)
      if (inner) parts.push(`${name} ${inner}`)
    }
  }
  return parts.join(' ')
}

function holdsId(type: GraphQLInputType, depth: number): boolean {
  const named = getNamedType(type)
  if (named.name === 'ID') return true
  return (
    depth > 0 &&
    isInputObjectType(named) &&
    Object.values(named.getFields()).some(field => holdsId(field.type, depth - 1))
  )
}

/** Values that pass the first look, so that the operation gets as far as looking for the id. */
const EXAMPLES: Readonly<Record<string, (unique: string) => unknown>> = {
  amount: () => '1.00',
  body: () => 'text',
  clientId: unique => unique,
  country: () => 'DE',
  currency: () => 'EUR',
  code: unique => `C${unique.slice(0, 8).toUpperCase()}`,
  dayEndsAt: () => '04:00',
  deviceId: unique => `device-${unique}-device`,
  email: unique => `${unique}@example.com`,
  first: () => 10,
  after: () => undefined,
  version: () => undefined,
  imageUrl: () => 'https://example.com/image.png',
  name: unique => `Name ${unique}`,
  parentId: () => undefined,
  password: unique => `long enough ${unique}`,
  percent: () => '10',
  phone: unique => `+49151${[...unique].map(letter => letter.charCodeAt(0) % 10).join('')}`.slice(0, 14),
  quantity: () => '1',
  scaleItem: () => undefined,
  search: unique => unique,
  sku: unique => unique.slice(0, 20).toUpperCase(),
  slug: unique => `s-${unique}`.slice(0, 30).toLowerCase(),
  timeZone: () => 'Europe/Berlin',
  userName: unique => `u${unique}`.slice(0, 30),
}

function inputFor(type: GraphQLInputType, name: string, id: string, unique: string, depth: number): unknown {
  if (isNonNullType(type)) return inputFor(type.ofType, name, id, unique, depth)
  const example = EXAMPLES[name]
  if (isListType(type)) {
    const inner = getNamedType(type)
    if (inner.name !== 'ID' && !holdsId(inner as GraphQLInputType, depth) && depth < INPUT_DEPTH - 1) return undefined
    return [inputFor(type.ofType, name, id, unique, depth)]
  }
  if (type.name === 'ID') return name === 'parentId' ? undefined : id
  if (example && isLeafType(type)) return example(unique)
  if (isEnumType(type)) return type.getValues()[0]?.name
  if (isInputObjectType(type)) {
    if (depth === 0) return undefined
    return Object.fromEntries(
      Object.values(type.getFields()).map(field => [
        field.name,
        inputFor(field.type, field.name, id, unique, depth - 1),
      ]),
    )
  }
  return scalarOf(type.name, unique)
}

function scalarOf(typeName: string, unique: string): unknown {
  if (typeName === 'Int') return 1
  if (typeName === 'Float') return 1.5
  if (typeName === 'Boolean') return false
  if (typeName === 'Decimal') return '1'
  if (typeName === 'DateTime') return '2026-03-29T10:00:00.000Z'
  if (typeName === 'Date') return '2026-03-29'
  if (typeName === 'CurrencyCode') return 'EUR'
  return `Text ${unique}`
}
