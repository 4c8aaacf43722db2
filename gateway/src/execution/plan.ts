import type { FetchNode, PlanNode } from '@apollo/query-planner'
import type { GraphQLSchema } from 'graphql'
import type { SubgraphFacts } from '../supergraph/subgraph-facts.ts'
import type { Transport } from '../transport/transport.ts'
import { EntityBatcher } from './entity-batch.ts'
import { compileEntityFetch, entityFetchStep } from './entity-fetch.ts'
import type { Step } from './execution.ts'
import { NotCompilable } from './not-compilable.ts'
import { type PlanPath, planPath } from './places.ts'
import { clientVariable } from './response-names.ts'
import { compileRootFetch } from './root-fetch.ts'
import type { FailureListener } from './subgraph-errors.ts'

export interface PlanContext {
  readonly supergraphSchema: GraphQLSchema
  /** Whether objects can be of a type: it is no interface or union. */
  isObjectType(type: string): boolean
  readonly factsOf: (service: string) => SubgraphFacts
  transportOf(service: string): Transport
  readonly failed: FailureListener
}

const NOTHING: Step = () => undefined

/** Turns a plan into functions that run it. */
export function compilePlan(context: PlanContext, node: PlanNode | undefined): Step {
  if (!node) return NOTHING
  const fetches = new Map<string, number>()
  countEntityFetches(node, fetches)
  const batchers = new Map<string, EntityBatcher>()
  for (const [service, count] of fetches) if (count > 1) batchers.set(service, new EntityBatcher(context))
  return new PlanCompiler(context, batchers).compile(node, [])
}

function countEntityFetches(node: PlanNode, fetches: Map<string, number>): void {
  if (node.kind === 'Fetch') {
    // A fetch that passes context down may itself become several.
    const count = node.contextRewrites?.length ? 2 : 1
    if (node.requires) fetches.set(node.serviceName, (fetches.get(node.serviceName) ?? 0) + count)
  } else if (node.kind === 'Flatten') countEntityFetches(node.node, fetches)
  else if (node.kind === 'Sequence' || node.kind === 'Parallel') {
    for (const child of node.nodes) countEntityFetches(child, fetches)
  } else if (node.kind === 'Condition') {
    for (const child of [node.ifClause, node.elseClause]) if (child) countEntityFetches(child, fetches)
  }
}

class PlanCompiler {
  readonly #context: PlanContext
  /** Of the subgraphs that are asked for entities more than once. */
  readonly #batchers: ReadonlyMap<string, EntityBatcher>

  constructor(context: PlanContext, batchers: ReadonlyMap<string, EntityBatcher>) {
    this.#context = context
    this.#batchers = batchers
  }

  compile(node: PlanNode, path: PlanPath): Step {
    switch (node.kind) {
      case 'Fetch':
        if (node.contextRewrites?.length && !node.requires) throw new NotCompilable('Context is passed to the root.')
        return node.requires ? this.#entityFetch(node, path) : compileRootFetch(this.#context, node, path)
      case 'Flatten':
        return this.compile(node.node, [...path, ...planPath(node.path)])
      case 'Sequence':
        return inSequence(node.nodes.map(child => this.compile(child, path)))
      case 'Parallel':
        return inParallel(node.nodes.map(child => this.compile(child, path)))
      case 'Condition': {
        const variable = clientVariable(node.condition.replace(/^\$/, ''))
        const whenTrue = node.ifClause ? this.compile(node.ifClause, path) : NOTHING
        const whenFalse = node.elseClause ? this.compile(node.elseClause, path) : NOTHING
        return execution => (execution.coerced[variable] ? whenTrue : whenFalse)(execution)
      }
      case 'Defer':
        throw new NotCompilable('The plan defers.')
    }
  }

  #entityFetch(node: FetchNode, path: PlanPath): Step {
    const fetch = compileEntityFetch(this.#context, node, path)
    return this.#batchers.get(node.serviceName)?.step(fetch) ?? entityFetchStep(this.#context, fetch)
  }
}

function inSequence(steps: readonly Step[]): Step {
  if (steps.length === 1) return steps[0] as Step
  return async execution => {
    for (const step of steps) {
      const waiting = step(execution)
      if (waiting) await waiting
    }
  }
}

function inParallel(steps: readonly Step[]): Step {
  if (steps.length === 1) return steps[0] as Step
  return execution => {
    const waiting: Promise<void>[] = []
    for (const step of steps) {
      const promise = step(execution)
      if (promise) waiting.push(promise)
    }
    if (waiting.length < 2) return waiting[0]
    return Promise.all(waiting).then(ignore)
  }
}

function ignore(): void {}
