import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readEnv, urlSetting } from '@tillgraph/kit/env'
import { z } from 'zod'
import { dataFolderOf } from './data-folder.ts'
import { type EmbeddedDatabase, makeFolder, startEmbeddedDatabase } from './embedded.ts'
import type { MigrationTarget } from './migrate.ts'
import { openSecrets } from './secrets.ts'
import { SUBGRAPHS, type Subgraph } from './subgraphs.ts'

const project = resolve(fileURLToPath(import.meta.url), '../../..')
const SHORTEST_SECRET_CHARACTERS = 32

/** The database that the environment names or, when it names none, the embedded one, running. */
export interface OpenDatabase extends MigrationTarget {
  /** Undefined when DATABASE_URL names a server that is not ours to start and stop. */
  readonly embedded: EmbeddedDatabase | undefined
  /** Stops the embedded server when it is ours. */
  stop(): Promise<void>
}

const postgresUrl = urlSetting('postgresql', 'postgres')
const settings = {
  DATABASE_URL: postgresUrl.optional(),
  DATABASE_ROLE_SECRET: z
    .string()
    .min(SHORTEST_SECRET_CHARACTERS, `must have at least ${SHORTEST_SECRET_CHARACTERS} characters`)
    .optional(),
}
const urlName = (subgraph: Subgraph) => `${subgraph.toUpperCase()}_DATABASE_URL`
const urlSettings = Object.fromEntries(SUBGRAPHS.map(subgraph => [urlName(subgraph), postgresUrl.optional()]))

/**
 * Reads DATABASE_URL, <SUBGRAPH>_DATABASE_URL, DATABASE_ROLE_SECRET and DATA_DIR (default: .data in the project), and
 * starts or adopts the embedded server when there is no DATABASE_URL. All that cannot be is told as one sentence, in
 * a DatabaseError or a SettingsError.
 */
export async function openDatabase(
  progress: (line: string) => void,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<OpenDatabase> {
  const env = readEnv({ ...settings, ...urlSettings }, environment) as z.infer<z.ZodObject<typeof settings>>
  const dataFolder = dataFolderOf(environment)
  const subgraphUrls = subgraphUrlsOf(environment)
  const subgraphsFolder = join(project, 'subgraphs')
  if (env.DATABASE_URL) {
    const roleSecret = env.DATABASE_ROLE_SECRET ?? (await keptRoleSecret(dataFolder))
    const databaseUrl = env.DATABASE_URL
    return { databaseUrl, subgraphUrls, roleSecret, subgraphsFolder, embedded: undefined, stop: async () => {} }
  }
  const embedded = await startEmbeddedDatabase({ dataFolder, progress })
  return {
    get databaseUrl() {
      return embedded.url
    },
    subgraphUrls,
    roleSecret: env.DATABASE_ROLE_SECRET ?? embedded.roleSecret,
    subgraphsFolder,
    embedded,
    stop: () => embedded.stop(),
  }
}

function subgraphUrlsOf(environment: Readonly<Record<string, string | undefined>>): Partial<Record<Subgraph, string>> {
  return Object.fromEntries(
    SUBGRAPHS.flatMap(subgraph => {
      const url = environment[urlName(subgraph)]
      return url ? [[subgraph, url]] : []
    }),
  )
}

async function keptRoleSecret(dataFolder: string): Promise<string> {
  makeFolder(dataFolder)
  return (await openSecrets(dataFolder, ['databaseRoleSecret'])).databaseRoleSecret
}
