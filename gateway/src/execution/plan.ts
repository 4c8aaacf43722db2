import type { FetchNode, PlanNode } from '@apollo/query-planner'
import type { GraphQLSchema } from 'graphql'
import type { SubgraphFacts } from '../supergraph/subgraph-facts.ts'
import type { Transport } from '../transport/transport.ts'
import type { AnswerCheck } from './answer-check.ts'
import { EntityBatcher } from './entity-batch.ts'
import { compileEntityFetch, entityFetchStep } from './entity-fetch.ts'
import type { Execution, Step } from './execution.ts'
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
const NO_PART: Part = { step: NOTHING, depth: 0, absentees: [] }

/** Turns a plan into functions that run it. With a check, what one subgraph answers to all of it need not be read. */
export function compilePlan(context: PlanContext, node: PlanNode | undefined, check?: AnswerCheck): Step {
  if (!node) return NOTHING
  if (node.kind === 'Fetch' && !node.requires && !node.contextRewrites?.length) {
    return compileRootFetch(context, node, [], check)
  }
  const fetches = new Map<string, number>()
  countEntityFetches(node, 0, fetches)
  const batchers = new Map<string, EntityBatcher>()
  for (const [meeting, count] of fetches) if (count > 1) batchers.set(meeting, new EntityBatcher(context))
  return new PlanCompiler(context, batchers).compile(node, [], 0).step
}

/** Fetches that nothing keeps from travelling together: from one subgraph, with as many fetches before them. */
const meetingOf = (node: FetchNode, depth: number) => `${depth} ${node.serviceName}`

/** Counts the fetches of each meeting, and tells how many fetches deep a part of a plan is. */
function countEntityFetches(node: PlanNode, depth: number, fetches: Map<string, number>): number {
  switch (node.kind) {
    case 'Fetch': {
      const meeting = meetingOf(node, depth)
      // A fetch that passes context down may itself become several.
      const count = node.contextRewrites?.length ? 2 : 1
      if (node.requires) fetches.set(meeting, (fetches.get(meeting) ?? 0) + count)
      return 1
    }
    case 'Flatten':
      return countEntityFetches(node.node, depth, fetches)
    case 'Sequence':
      return node.nodes.reduce((deep, child) => deep + countEntityFetches(child, depth + deep, fetches), 0)
    case 'Parallel':
      return Math.max(0, ...node.nodes.map(child => countEntityFetches(child, depth, fetches)))
    case 'Condition': {
      const clauses = [node.ifClause, node.elseClause].filter(child => child !== undefined)
      return Math.max(0, ...clauses.map(child => countEntityFetches(child, depth, fetches)))
    }
    case 'Defer':
      return 0
  }
}

/** A part of a plan. */
interface Part {
  readonly step: Step
  /** How many fetches one after the other. */
  readonly depth: number
  /** To be told of a run in which this part is left out: its fetches are not to be waited for. */
  readonly absentees: readonly ((execution: Execution) => void)[]
}

class PlanCompiler {
  readonly #context: PlanContext
  /** Of the subgraphs that are asked for entities more than once. */
  readonly #batchers: ReadonlyMap<string, EntityBatcher>

  constructor(context: PlanContext, batchers: ReadonlyMap<string, EntityBatcher>) {
    this.#context = context
    this.#batchers = batchers
  }

  compile(node: PlanNode, path: PlanPath, depth: number): Part {
    switch (node.kind) {
      case 'Fetch':
        if (node.contextRewrites?.length && !node.requires) throw new NotCompilable('Context is passed to the root.')
        if (node.requires) return this.#entityFetch(node, path, depth)
        return { step: compileRootFetch(this.#context, node, path), depth: 1, absentees: [] }
      case 'Flatten':
        return this.compile(node.node, [...path, ...planPath(node.path)], depth)
      case 'Sequence': {
        let deep = 0
        const parts = node.nodes.map(child => {
          const part = this.compile(child, path, depth + deep)
          deep += part.depth
          return part
        })
        return { step: inSequence(parts.map(({ step }) => step)), depth: deep, absentees: absenteesOf(parts) }
      }
      case 'Parallel': {
        const parts = node.nodes.map(child => this.compile(child, path, depth))
        return {
          step: inParallel(parts.map(({ step }) => step)),
          depth: Math.max(0, ...parts.map(part => part.depth)),
          absentees: absenteesOf(parts),
        }
      }
      case 'Condition': {
        const variable = clientVariable(node.condition.replace(/^\$/, ''))
        const whenTrue = node.ifClause ? this.compile(node.ifClause, path, depth) : NO_PART
        const whenFalse = node.elseClause ? this.compile(node.elseClause, path, depth) : NO_PART
        return {
          step: execution => {
            const [taken, left] = execution.coerced[variable] ? [whenTrue, whenFalse] : [whenFalse, whenTrue]
            for (const leaveOut of left.absentees) leaveOut(execution)
            return taken.step(execution)
          },
          depth: Math.max(whenTrue.depth, whenFalse.depth),
          absentees: absenteesOf([whenTrue, whenFalse]),
        }
      }
      case 'Defer':
        throw new NotCompilable('The plan defers.')
    }
  }

  #entityFetch(node: FetchNode, path: PlanPath, depth: number): Part {
    const fetch = compileEntityFetch(this.#context, node, path)
    const batcher = this.#batchers.get(meetingOf(node, depth))
    if (!batcher) return { step: entityFetchStep(this.#context, fetch), depth: 1, absentees: [] }
    const { step, leaveOut } = batcher.add(fetch)
    return { step, depth: 1, absentees: [leaveOut] }
  }
}

function absenteesOf(parts: readonly Part[]): Part['absentees'] {
  return parts.flatMap(({ absentees }) => absentees)
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
