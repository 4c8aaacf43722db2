import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TestProject } from 'vitest/node'
import { databaseUrl, withClient } from '../../scripts/database/connection.ts'
import { type EmbeddedDatabase, startEmbeddedDatabase } from '../../scripts/database/embedded.ts'
import { migrate } from '../../scripts/database/migrate.ts'
import { watchEmbeddedDatabase } from '../../scripts/database/watch.ts'
import { TEMPLATE_DATABASE } from './template.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The run's PostgreSQL server: its superuser's URL, what the roles' passwords are made from. */
    databaseServer: { readonly url: string; readonly roleSecret: string }
  }
}

const project = resolve(dirname(fileURLToPath(import.meta.url)), '../..')

/** One PostgreSQL server for the whole run, with a migrated template; it is gone after the run, however that ends. */
export default async function setup(tests: TestProject): Promise<() => Promise<void>> {
  const dataFolder = join(tmpdir(), `tillgraph-test-${randomUUID()}`)
  const database = await startEmbeddedDatabase({ dataFolder, durable: false, progress: () => {} })
  const release = watchEmbeddedDatabase(database)
  try {
    await makeTemplate(database)
  } catch (error) {
    await release()
    throw error
  }
  tests.provide('databaseServer', { url: database.url, roleSecret: database.roleSecret })
  return async () => {
    await database.stop()
    await release()
    await rm(dataFolder, { recursive: true, force: true })
  }
}

async function makeTemplate(database: EmbeddedDatabase): Promise<void> {
  await withClient(database.url, client => client.query(`create database ${TEMPLATE_DATABASE}`))
  const target = {
    databaseUrl: databaseUrl(database.url, TEMPLATE_DATABASE),
    roleSecret: database.roleSecret,
    subgraphsFolder: join(project, 'subgraphs'),
  }
  await migrate(target, () => {})
  // Nobody can be connected to what is copied, so nobody may connect.
  await withClient(database.url, client =>
    client.query(`alter database ${TEMPLATE_DATABASE} with allow_connections false`),
  )
}
