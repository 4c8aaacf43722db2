import type { FetchNode } from '@apollo/query-planner'
import type { GraphQLSchema } from 'graphql'
import { type Data, isData } from './merge.ts'
import { NotCompilable } from './not-compilable.ts'
import type { ResponsePath } from './places.ts'
import { FRAGMENT, isOfType } from './rewrites.ts'

/** Reads the arguments that an object gets from the objects around it (`@fromContext`), by the names of their variables. */
export interface ContextArguments {
  readonly names: readonly string[]
  read(data: Data, place: ResponsePath): Record<string, unknown>
}

interface Source {
  readonly name: string
  /** How many fields to go up from the object. */
  readonly levels: number
  /** Fields, and types that the object must be of, on the way from there to the value. */
  readonly path: readonly string[]
}

const UP = '..'

export function compileContextArguments(
  schema: GraphQLSchema,
  rewrites: FetchNode['contextRewrites'],
): ContextArguments | undefined {
  if (!rewrites?.length) return undefined
  const sources = rewrites.map(({ path, renameKeyTo }): Source => {
    const levels = path.findIndex(element => element !== UP)
    if (levels < 0) throw new NotCompilable('A context leads nowhere.')
    return { name: renameKeyTo, levels, path: path.slice(levels) }
  })
  const names = [...new Set(sources.map(({ name }) => name))]
  return {
    names,
    read: (data, place) => {
      const values: Record<string, unknown> = {}
      for (const name of names) values[name] = null
      for (const { name, levels, path } of sources) {
        const value = valueAt(schema, ancestor(data, place, levels), path)
        if (value !== undefined) values[name] = value
      }
      return values
    },
  }
}

/** What holds an object, so many fields further up; numbers of list items do not count. */
function ancestor(data: Data, place: ResponsePath, levels: number): unknown {
  let end = place.length
  for (let level = 0; level < levels; level++) {
    do end -= 1
    while (typeof place[end] === 'number')
  }
  let current: unknown = data
  for (const part of place.slice(0, end)) current = (current as Data | undefined)?.[part]
  return current
}

/** Undefined where a type on the way is another one, or nothing is there. */
function valueAt(schema: GraphQLSchema, from: unknown, path: readonly string[]): unknown {
  const [first, ...rest] = path
  if (first === undefined) return from
  if (Array.isArray(from)) return from.map(item => valueAt(schema, item, path) ?? null)
  if (!isData(from)) return undefined
  if (!first.startsWith(FRAGMENT)) return valueAt(schema, from[first], rest)
  return isOfType(schema, from, first.slice(FRAGMENT.length), true) ? valueAt(schema, from, rest) : undefined
}
