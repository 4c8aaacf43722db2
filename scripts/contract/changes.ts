import { buildSchema, findBreakingChanges, findDangerousChanges, type GraphQLSchema, parse } from 'graphql'
import { placesOf } from '../../gateway/src/supergraph/places.ts'

export interface ContractChanges {
  /** What those who use the earlier one cannot live with. */
  readonly breaking: readonly string[]
  /** What may surprise them, such as another value of an enum. */
  readonly dangerous: readonly string[]
  /** Places that are new. */
  readonly added: readonly string[]
}

/** What became of an API schema, as those see it who were given the earlier one. */
export function changesBetween(released: string, current: string): ContractChanges {
  const [before, after]: GraphQLSchema[] = [buildSchema(released), buildSchema(current)]
  if (!before || !after) throw new Error('There is nothing to compare.')
  const known = placesOf(parse(released))
  return {
    breaking: findBreakingChanges(before, after).map(({ description }) => description),
    dangerous: findDangerousChanges(before, after).map(({ description }) => description),
    added: [...placesOf(parse(current))].filter(place => !known.has(place)),
  }
}
