import type { PlanNode } from '@apollo/query-planner'
import type { GraphQLSchema } from 'graphql'
import type { Transport } from '../transport/transport.ts'
import { compileEntityFetch, entityFetchStep } from './entity-fetch.ts'
import type { Step } from './execution.ts'
import { NotCompilable } from './not-compilable.ts'
import type { PlanPath } from './places.ts'
import { compileRootFetch } from './root-fetch.ts'
import type { FailureListener } from './subgraph-errors.ts'

export interface PlanContext {
  readonly supergraphSchema: GraphQLSchema
  /** Whether objects can be of a type: it is no interface or union. */
  isObjectType(type: string): boolean
  isTypeOf(service: string, type: string): boolean
  transportOf(service: string): Transport
  readonly failed: FailureListener
}

const NOTHING: Step = () => undefined

/** Turns a plan into functions that run it. */
export function compilePlan(context: PlanContext, node: PlanNode | undefined): Step {
  return node ? compileNode(context, node, []) : NOTHING
}

function compileNode(context: PlanContext, node: PlanNode, path: PlanPath): Step {
  switch (node.kind) {
    case 'Fetch':
      if (node.contextRewrites?.length) throw new NotCompilable('The plan passes context down.')
      return node.requires
        ? entityFetchStep(context, compileEntityFetch(context, node, path))
        : compileRootFetch(context, node, path)
    case 'Flatten':
      return compileNode(context, node.node, [...path, ...node.path])
    case 'Sequence':
      return inSequence(node.nodes.map(child => compileNode(context, child, path)))
    case 'Parallel':
      return inParallel(node.nodes.map(child => compileNode(context, child, path)))
    case 'Condition': {
      const variable = node.condition.replace(/^\$/, '')
      const whenTrue = node.ifClause ? compileNode(context, node.ifClause, path) : NOTHING
      const whenFalse = node.elseClause ? compileNode(context, node.elseClause, path) : NOTHING
      return execution => (execution.coerced[variable] ? whenTrue : whenFalse)(execution)
    }
    case 'Defer':
      throw new NotCompilable('The plan defers.')
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
