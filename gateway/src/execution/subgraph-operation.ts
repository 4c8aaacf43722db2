import type { FetchNode } from '@apollo/query-planner'
import type { GraphAnswer, GraphRequest } from '@tillgraph/kit/graph-request'
import type { Transport } from '../transport/transport.ts'
import type { Execution } from './execution.ts'
import { valueText } from './json-text.ts'
import { clientVariable } from './response-names.ts'

/** What a plan sends to one subgraph, made ready to be sent many times. */
export interface SubgraphOperation {
  readonly service: string
  readonly query: string
  readonly operationName: string | undefined
  readonly variableNames: readonly string[]
  /** Variables that are not the client's: representations, and arguments from the context. */
  readonly ownVariables: readonly string[]
  readonly repeatable: boolean
  /** The request as JSON text, up to and into its variables. */
  readonly head: string
  readonly transport: Transport
}

const REPRESENTATIONS = 'representations'

export function subgraphOperation(
  node: FetchNode,
  transport: Transport,
  contextVariables: readonly string[] = [],
): SubgraphOperation {
  const name = node.operationName ? `,"operationName":${JSON.stringify(node.operationName)}` : ''
  return {
    service: node.serviceName,
    query: node.operation,
    operationName: node.operationName,
    variableNames: (node.variableUsages ?? []).filter(variable => !contextVariables.includes(variable)),
    ownVariables: [REPRESENTATIONS, ...contextVariables],
    repeatable: node.operationKind === 'query',
    head: `{"query":${JSON.stringify(node.operation)}${name},"variables":{`,
    transport,
  }
}

/** The client's variables that an operation uses, as the inside of a JSON object. */
export function variablesText(operation: SubgraphOperation, execution: Execution): string {
  let text = ''
  for (const name of operation.variableNames) {
    const value = execution.variables[clientVariable(name)]
    if (value !== undefined) text += `${text === '' ? '"' : ',"'}${name}":${valueText(value)}`
  }
  return text
}

export function variablesValue(operation: SubgraphOperation, execution: Execution): Record<string, unknown> {
  const values: Record<string, unknown> = {}
  for (const name of operation.variableNames) {
    const value = execution.variables[clientVariable(name)]
    if (value !== undefined) values[name] = value
  }
  return values
}

export function valueRequest(
  operation: SubgraphOperation,
  variables: Readonly<Record<string, unknown>>,
  execution: Execution,
): GraphRequest {
  return {
    query: operation.query,
    operationName: operation.operationName,
    variables,
    headers: execution.headers,
    signal: execution.signal,
  }
}

/** The same where the bytes of the answer may do; see TextTransport. */
export function sendUnread<Taken>(
  operation: SubgraphOperation,
  execution: Execution,
  take: (bytes: Buffer) => Taken | undefined,
): Promise<Taken | GraphAnswer> {
  const { transport, head, repeatable } = operation
  if (transport.form === 'value' || !transport.sendUnread) return send(operation, execution)
  return transport.sendUnread(`${head}${variablesText(operation, execution)}}}`, execution.headers, repeatable, take)
}

/** Sends an operation with no more than the client's own variables. */
export function send(operation: SubgraphOperation, execution: Execution): Promise<GraphAnswer> {
  const transport = operation.transport
  return transport.form === 'value'
    ? transport.send(valueRequest(operation, variablesValue(operation, execution), execution))
    : transport.send(
        `${operation.head}${variablesText(operation, execution)}}}`,
        execution.headers,
        operation.repeatable,
      )
}
