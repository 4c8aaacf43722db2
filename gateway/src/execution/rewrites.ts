import type { FetchDataRewrite } from '@apollo/query-planner'
import { type GraphQLSchema, isAbstractType, isInterfaceType, isObjectType } from 'graphql'
import type { Data } from './merge.ts'

export type Rewrite = (value: unknown) => void

export const FRAGMENT = '... on '

/** Whether an object is of a type, as far as its `__typename` tells. */
export function isOfType(schema: GraphQLSchema, object: Data, condition: string, unnamed: boolean): boolean {
  const name = object.__typename
  if (typeof name !== 'string') return unnamed
  if (name === condition) return true
  const type = schema.getType(name)
  const conditional = schema.getType(condition)
  return (
    conditional !== undefined &&
    isAbstractType(conditional) &&
    (isObjectType(type) || isInterfaceType(type)) &&
    schema.isSubType(conditional, type)
  )
}

/** Compiles what a plan wants changed in what is sent or received: type names of interface objects, renamed aliases. */
export function compileRewrites(
  schema: GraphQLSchema,
  rewrites: readonly FetchDataRewrite[] | undefined,
): Rewrite | undefined {
  if (!rewrites?.length) return undefined
  const steps = rewrites.map(rewrite => compileRewrite(schema, rewrite))
  return value => {
    for (const step of steps) step(value)
  }
}

function compileRewrite(schema: GraphQLSchema, rewrite: FetchDataRewrite): Rewrite {
  const path = rewrite.path
  const last = path.at(-1)
  if (last === undefined) return () => undefined
  const change =
    rewrite.kind === 'ValueSetter'
      ? (object: Data) => {
          object[last] = rewrite.setValueTo
        }
      : (object: Data) => {
          if (!Object.hasOwn(object, last) || object[last] === undefined) return
          object[rewrite.renameKeyTo] = object[last]
          object[last] = undefined
        }
  const apply = (value: unknown, depth: number): void => {
    if (Array.isArray(value)) {
      for (const item of value) apply(item, depth)
      return
    }
    if (typeof value !== 'object' || value === null) return
    const object = value as Data
    if (depth === path.length - 1) {
      change(object)
      return
    }
    const element = path[depth] as string
    if (!element.startsWith(FRAGMENT)) {
      if (Object.hasOwn(object, element)) apply(object[element], depth + 1)
    } else if (isOfType(schema, object, element.slice(FRAGMENT.length), true)) apply(object, depth + 1)
  }
  return value => apply(value, 0)
}
