import { randomUUID } from 'node:crypto'
import { databaseUrl, withClient } from './connection.ts'
import { DatabaseError } from './database-error.ts'
import { type MigrationTarget, messageOf, migrationList, NO_FILTER, ownerPool, urlOf } from './migrate.ts'
import { readSchemas, type SubgraphSchema } from './migrations.ts'
import { layShadowGround, laySubgraphGround } from './roles.ts'
import { withSchemaEngine } from './schema-engine.ts'
import type { Subgraph } from './subgraphs.ts'

export interface Drift {
  readonly subgraph: Subgraph
  /** The SQL that would take what the migrations make to what schema.prisma says; empty when they agree. */
  readonly sql: string
}

/** Compares, for every subgraph, what its migrations build in an empty database with its schema.prisma. */
export async function checkDrift(target: MigrationTarget): Promise<Drift[]> {
  const drifts: Drift[] = []
  for (const schema of readSchemas(target.subgraphsFolder)) {
    const url = urlOf(target, schema.subgraph)
    await laySubgraphGround(url, schema.subgraph, target.roleSecret)
    drifts.push({ subgraph: schema.subgraph, sql: await driftOf(url, schema) })
  }
  return drifts
}

async function driftOf(url: string, schema: SubgraphSchema): Promise<string> {
  const { subgraph } = schema
  const shadow = `tillgraph_shadow_${randomUUID().replaceAll('-', '')}`
  const files = [{ path: schema.schemaFile, content: schema.schema }]
  await withClient(url, client => client.query(`create database ${shadow}`))
  try {
    await layShadowGround(databaseUrl(url, shadow), subgraph)
    const connections = {
      schema: subgraph,
      connect: async () => ownerPool(url, subgraph),
      connectShadow: async () => ownerPool(databaseUrl(url, shadow), subgraph),
    }
    const result = await withSchemaEngine(connections, [[schema.schemaFile, schema.schema]], engine =>
      engine.diff({
        from: { tag: 'migrations', ...migrationList(schema) },
        to: { tag: 'schemaDatamodel', files },
        script: true,
        exitCode: true,
        filters: NO_FILTER,
      }),
    )
    return result.exitCode === 2 ? (result.stdout ?? '').trim() : ''
  } catch (error) {
    throw new DatabaseError(
      `The migrations of ${subgraph} cannot be compared with its schema.prisma: ${messageOf(error)}`,
    )
  } finally {
    await withClient(url, client => client.query(`drop database if exists ${shadow} with (force)`))
  }
}
