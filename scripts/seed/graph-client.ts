import { randomUUID } from 'node:crypto'
import type { GraphService } from '@tillgraph/kit/graph-request'

/** Runs operations on subgraphs of this process as their users do, and takes nothing but success for an answer. */
export class GraphClient {
  readonly #subgraphs: ReadonlyMap<string, GraphService>
  accessToken: string | undefined

  constructor(subgraphs: ReadonlyMap<string, GraphService>) {
    this.#subgraphs = subgraphs
  }

  /** The answer of the operation's only field, whatever member of its union it is. */
  async ask(subgraph: string, query: string, variables: Record<string, unknown>): Promise<Record<string, unknown>> {
    const service = this.#subgraphs.get(subgraph)
    if (!service) throw new Error(`There is no subgraph ${subgraph}`)
    const answer = await service.execute({
      query,
      variables,
      headers: {
        'x-request-id': `seed-${randomUUID()}`,
        ...(this.accessToken === undefined ? {} : { authorization: `Bearer ${this.accessToken}` }),
      },
    })
    const field = Object.values(answer.data ?? {})[0]
    if (answer.errors?.[0] || !field) throw new Error(`The demo shop: ${answer.errors?.[0]?.message ?? 'no answer'}`)
    return field as Record<string, unknown>
  }

  /** As `ask`, but a problem among the answers is an error. */
  async demand(subgraph: string, query: string, variables: Record<string, unknown>): Promise<Record<string, unknown>> {
    const answer = await this.ask(subgraph, query, variables)
    for (const one of Object.keys(answer).every(key => /^\d+$/.test(key)) ? Object.values(answer) : [answer]) {
      const { code, message, field } = one as { code?: string; message?: string; field?: string }
      if (code !== undefined) throw new Error(`The demo shop: ${code} ${field ?? ''} ${message}`)
    }
    return answer
  }
}
