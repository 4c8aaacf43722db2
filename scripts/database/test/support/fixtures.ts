import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../../tests/support/database.ts'
import type { MigrationTarget } from '../../migrate.ts'

export const GROUND = fileURLToPath(new URL('../../../../tests/schema/fixtures/ground', import.meta.url))

/** An empty database of its own for one test. */
export async function emptyDatabase(): Promise<TestDatabase> {
  const database = await createTestDatabase('template1')
  onTestFinished(() => database.drop())
  return database
}

/** A copy of the fixture subgraphs that a test may change. */
export function subgraphsCopy(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tillgraph-subgraphs-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  cpSync(GROUND, folder, { recursive: true })
  return folder
}

export function targetOf(database: TestDatabase, subgraphsFolder: string): MigrationTarget {
  return { databaseUrl: database.url, roleSecret: database.roleSecret, subgraphsFolder }
}

export const FIRST_MIGRATION = '20260101000000_products'

/** Writes a migration of catalog; gives its file. */
export function writeMigration(subgraphsFolder: string, name: string, sql: string): string {
  const folder = join(subgraphsFolder, 'catalog/prisma/migrations', name)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'migration.sql'), sql)
  return join(folder, 'migration.sql')
}
