import {
  type FieldNode,
  type GraphQLField,
  type GraphQLInputType,
  getNamedType,
  isInputObjectType,
  valueFromASTUntyped,
} from 'graphql'
import type { CostRules } from '../supergraph/cost-rules.ts'
import { type Amount, plus } from './cost-amount.ts'
import type { Variables } from './variables.ts'

/** What `@cost` says of the arguments that are given, and of the input fields in their values. */
export function inputCost(
  place: string,
  node: FieldNode,
  field: GraphQLField<unknown, unknown>,
  { weights }: CostRules,
): Amount {
  if (weights.size === 0) return 0
  let sum: Amount = 0
  for (const { name, value } of node.arguments ?? []) {
    const argument = field.args.find(known => known.name === name.value)
    if (!argument) continue
    sum = plus(sum, weights.get(`${place}(${name.value})`) ?? 0)
    if (!isInputObjectType(getNamedType(argument.type)) || !reaches(argument.type, weights, new Set())) continue
    const { type } = argument
    sum = plus(sum, (variables: Variables) => costOfValue(valueFromASTUntyped(value, variables), type, weights))
  }
  return sum
}

/** Whether anything in an input type has a weight, so that values of all others need not be looked at. */
function reaches(type: GraphQLInputType, weights: CostRules['weights'], seen: Set<string>): boolean {
  const named = getNamedType(type)
  if (!isInputObjectType(named) || seen.has(named.name)) return false
  seen.add(named.name)
  return Object.values(named.getFields()).some(
    field => weights.has(`${named.name}.${field.name}`) || reaches(field.type, weights, seen),
  )
}

function costOfValue(value: unknown, type: GraphQLInputType, weights: CostRules['weights']): number {
  if (Array.isArray(value)) return value.reduce((sum: number, item) => sum + costOfValue(item, type, weights), 0)
  const named = getNamedType(type)
  if (typeof value !== 'object' || value === null || !isInputObjectType(named)) return 0
  const fields = named.getFields()
  let sum = 0
  for (const [name, inner] of Object.entries(value)) {
    const field = fields[name]
    if (field) sum += (weights.get(`${named.name}.${name}`) ?? 0) + costOfValue(inner, field.type, weights)
  }
  return sum
}
