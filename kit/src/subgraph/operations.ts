import {
  type DocumentNode,
  execute,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  type OperationDefinitionNode,
  parse,
  validate,
} from 'graphql'
import { type CompiledQuery, compileQuery, isCompiledQuery } from 'graphql-jit'
import { LRUCache } from 'lru-cache'
import type { GraphAnswer, GraphAnswerError } from '../graph-request.ts'
import { badRequest } from './answer-errors.ts'

const KNOWN_OPERATIONS_MOST = 2_000
/** A compiled operation holds some thirty bytes for each character of its text. */
const KNOWN_CHARACTERS_MOST = 150_000
const TOKENS_MOST = 10_000

/** An operation that is parsed, checked and compiled, ready to run any number of times. */
export interface Operation {
  readonly document: DocumentNode
  readonly definition: OperationDefinitionNode
  /** `root` is what the root fields read from: nothing for a query, the event for a subscription. */
  run(root: unknown, context: unknown, variables: Readonly<Record<string, unknown>>): Promise<RunResult> | RunResult
}

/** Graphql's own result, with the errors as it made them. */
export interface RunResult extends Omit<GraphAnswer, 'errors'> {
  readonly errors?: readonly GraphQLError[] | undefined
}

/** Compiles each operation text once. The gateway sends the same few hundred texts again and again. */
export function createOperations(schema: GraphQLSchema) {
  const known = new LRUCache<string, Operation | readonly GraphAnswerError[]>({
    max: KNOWN_OPERATIONS_MOST,
    maxSize: KNOWN_CHARACTERS_MOST,
    sizeCalculation: (_operation, key) => key.length,
  })

  function prepare(query: string, operationName: string | undefined): Operation | readonly GraphAnswerError[] {
    let document: DocumentNode
    try {
      document = parse(query, { maxTokens: TOKENS_MOST })
    } catch (error) {
      return [badRequest(error as GraphQLError, 'GRAPHQL_PARSE_FAILED')]
    }
    const faults = validate(schema, document, undefined, { maxErrors: 10 })
    if (faults.length > 0) return faults.map(fault => badRequest(fault, 'GRAPHQL_VALIDATION_FAILED'))
    const definition = getOperationAST(document, operationName)
    if (!definition)
      return [
        badRequest(
          new GraphQLError('operationName must name an operation of the document'),
          'GRAPHQL_VALIDATION_FAILED',
        ),
      ]
    const compiled = definition.operation === 'subscription' ? undefined : compile(document, operationName)
    return {
      document,
      definition,
      run: compiled
        ? (root, context, variables) => compiled.query(root, context, variables) as RunResult
        : (rootValue, contextValue, variableValues) =>
            execute({ schema, document, rootValue, contextValue, variableValues, operationName }) as RunResult,
    }
  }

  /** The compiler knows nearly all of the language; what it does not know, graphql's own executor runs. */
  function compile(document: DocumentNode, operationName: string | undefined): CompiledQuery | undefined {
    const compiled = compileQuery(schema, document, operationName, {
      disablingCapturingStackErrors: true,
      useExperimentalPathBasedSkipInclude: true,
    })
    return isCompiledQuery(compiled) ? compiled : undefined
  }

  return {
    /** The operation, or why it cannot be run. */
    get(query: string, operationName: string | undefined): Operation | readonly GraphAnswerError[] {
      const key = operationName === undefined ? query : `${operationName} ${query}`
      let found = known.get(key)
      if (found === undefined) {
        found = prepare(query, operationName)
        known.set(key, found)
      }
      return found
    },
  }
}

export function isOperation(found: Operation | readonly GraphAnswerError[]): found is Operation {
  return 'run' in found
}
