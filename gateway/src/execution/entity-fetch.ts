import type { FetchNode } from '@apollo/query-planner'
import type { GraphAnswer } from '@tillgraph/kit/graph-request'
import { type ContextArguments, compileContextArguments } from './context-arguments.ts'
import type { Execution, Step } from './execution.ts'
import { valueText } from './json-text.ts'
import { type Data, isData, merge } from './merge.ts'
import { objectsAt, type PlanPath, placeOfList, placesOf, type ResponsePath } from './places.ts'
import type { PlanContext } from './plan.ts'
import { compileRepresentations, type RepresentationBuilder } from './representations.ts'
import { compileRewrites, type Rewrite } from './rewrites.ts'
import { failure, reportedError } from './subgraph-errors.ts'
import {
  type SubgraphOperation,
  subgraphOperation,
  valueRequest,
  variablesText,
  variablesValue,
} from './subgraph-operation.ts'

/** A fetch of more fields for objects that are known already, by their representations. */
export interface EntityFetch {
  readonly operation: SubgraphOperation
  readonly path: PlanPath
  readonly representations: RepresentationBuilder
  readonly rewrite: Rewrite | undefined
  readonly context: ContextArguments | undefined
}

/** What one run of an entity fetch asks for: each distinct representation once, with the objects it stands for. */
export interface Wanted {
  readonly objects: readonly Data[]
  /** For each representation, the numbers of its objects. */
  readonly groups: number[][]
  /** All representations as JSON text, without the brackets. */
  readonly text: string
  /** What the objects get from around them: the same for all of them. */
  readonly contextArguments?: Readonly<Record<string, unknown>>
}

export function compileEntityFetch(context: PlanContext, node: FetchNode, path: PlanPath): EntityFetch {
  const rewrite = compileRewrites(context.supergraphSchema, node.inputRewrites)
  const contextArguments = compileContextArguments(context.supergraphSchema, node.contextRewrites)
  return {
    operation: subgraphOperation(node, context.transportOf(node.serviceName), contextArguments?.names),
    path,
    representations: compileRepresentations(
      context.supergraphSchema,
      node.requires ?? [],
      rewrite,
      context.factsOf(node.serviceName),
    ),
    rewrite: compileRewrites(context.supergraphSchema, node.outputRewrites),
    context: contextArguments,
  }
}

export function entityFetchStep(context: PlanContext, fetch: EntityFetch): Step {
  return execution => {
    const wanted = collectWanted(fetch, execution)
    return wanted && runEntityFetch(context, fetch, wanted, execution)
  }
}

/** Undefined when nothing is there to be asked for. */
export function collectWanted(fetch: EntityFetch, execution: Execution): Wanted | undefined {
  const objects = objectsAt(execution.data, fetch.path)
  const groups: number[][] = []
  let text = ''
  if (objects.length === 1) {
    const only = fetch.representations.text(objects[0] as Data)
    if (only === undefined) return undefined
    groups.push([0])
    return { objects, groups, text: only }
  }
  const known = new Map<string, number[]>()
  for (let index = 0; index < objects.length; index++) {
    const representation = fetch.representations.text(objects[index] as Data)
    if (representation === undefined) continue
    const group = known.get(representation)
    if (group) group.push(index)
    else {
      const fresh = [index]
      known.set(representation, fresh)
      groups.push(fresh)
      text += text === '' ? representation : `,${representation}`
    }
  }
  return groups.length === 0 ? undefined : { objects, groups, text }
}

/** Objects are asked for together only where what they get from around them is the same. */
export function collectWantedByContext(
  fetch: EntityFetch,
  context: ContextArguments,
  execution: Execution,
): readonly Wanted[] {
  const objects = objectsAt(execution.data, fetch.path)
  const places = placesOf(execution.data, fetch.path)
  const parts = new Map<string, { contextArguments: Record<string, unknown>; groups: Map<string, number[]> }>()
  objects.forEach((object, index) => {
    const representation = fetch.representations.text(object)
    if (representation === undefined) return
    const contextArguments = context.read(execution.data, places[index] ?? [])
    const key = JSON.stringify(contextArguments)
    const part = parts.get(key) ?? { contextArguments, groups: new Map<string, number[]>() }
    parts.set(key, part)
    part.groups.set(representation, [...(part.groups.get(representation) ?? []), index])
  })
  return [...parts.values()].map(({ contextArguments, groups }) => ({
    objects,
    groups: [...groups.values()],
    text: [...groups.keys()].join(),
    contextArguments,
  }))
}

/** The representations as values, one for each group. */
export function representationValues(fetch: EntityFetch, wanted: Wanted): unknown[] {
  return wanted.groups.map(group => fetch.representations.value(wanted.objects[group[0] as number] as Data))
}

export async function runEntityFetch(
  context: PlanContext,
  fetch: EntityFetch,
  wanted: Wanted,
  execution: Execution,
): Promise<void> {
  const operation = fetch.operation
  let answer: GraphAnswer
  try {
    const transport = operation.transport
    if (transport.form === 'value') {
      const variables = variablesValue(operation, execution)
      Object.assign(variables, wanted.contextArguments)
      variables.representations = representationValues(fetch, wanted)
      answer = await transport.send(valueRequest(operation, variables, execution))
    } else {
      let variables = variablesText(operation, execution)
      if (variables !== '') variables += ','
      for (const name in wanted.contextArguments) {
        variables += `"${name}":${valueText(wanted.contextArguments[name])},`
      }
      const body = `${operation.head}${variables}"representations":[${wanted.text}]}}`
      answer = await transport.send(body, execution.headers, operation.repeatable)
    }
  } catch (error) {
    context.failed(operation.service, error, execution)
    execution.errors.push(failure(operation.service, error))
    return
  }
  receiveEntities(context, fetch, wanted, answer.data?._entities, execution)
  if (answer.errors) placeErrors(fetch, wanted, answer, '_entities', execution)
}

export function receiveEntities(
  context: PlanContext,
  fetch: EntityFetch,
  wanted: Wanted,
  received: unknown,
  execution: Execution,
): void {
  if (received == null) return
  if (!Array.isArray(received) || received.length !== wanted.groups.length) {
    const error = new Error(`Expected ${wanted.groups.length} entities.`)
    context.failed(fetch.operation.service, error, execution)
    execution.errors.push(failure(fetch.operation.service, error))
    return
  }
  for (let index = 0; index < received.length; index++) {
    const entity: unknown = received[index]
    if (!isData(entity)) continue
    const group = wanted.groups[index] as number[]
    if (fetch.rewrite) {
      entity.__typename ??= wanted.objects[group[0] as number]?.__typename
      fetch.rewrite(entity)
    }
    for (const number of group) mergeEntity(context, wanted.objects[number] as Data, entity)
  }
}

/** A subgraph that knows a type as an interface object names the interface; what the object really is stays known. */
function mergeEntity(context: PlanContext, target: Data, entity: Data): void {
  const name = target.__typename
  merge(target, entity)
  if (target.__typename !== name && typeof name === 'string' && context.isObjectType(name)) target.__typename = name
}

/** An error about one entity is an error at every place where that entity stands. */
export function placeErrors(
  fetch: EntityFetch,
  wanted: Wanted,
  answer: GraphAnswer,
  responseName: string,
  execution: Execution,
): void {
  const service = fetch.operation.service
  let places: ResponsePath[] | undefined
  for (const error of answer.errors ?? []) {
    const [name, number, ...rest] = error.path ?? []
    const group = name === responseName && typeof number === 'number' ? wanted.groups[number] : undefined
    if (!group) {
      const path = error.path && placeOfList(fetch.path)
      execution.errors.push(reportedError(service, error, path))
      continue
    }
    places ??= placesOf(execution.data, fetch.path)
    for (const index of group) {
      execution.errors.push(reportedError(service, error, [...(places[index] ?? []), ...rest]))
    }
  }
}
