import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { applicationRole, relayRole, roleUrl } from '@tillgraph/kit/database/role-url'
import { SettingsError } from '@tillgraph/kit/env'
import { describeUrl } from './database/connection.ts'
import { DatabaseError } from './database/database-error.ts'
import { checkDrift } from './database/drift.ts'
import { markRolledBack, migrate, migrationStates, urlOf } from './database/migrate.ts'
import { type OpenDatabase, openDatabase } from './database/open.ts'
import { reset } from './database/reset.ts'
import { isSubgraph, SUBGRAPHS, type Subgraph } from './database/subgraphs.ts'

const USAGE = `npm run db -- COMMAND

  migrate                 create the roles and schemas, and apply the migrations that are pending
    --rolled-back SUBGRAPH/MIGRATION   first let a migration that failed be applied again
  status                  what is applied and what is pending; changes nothing
  seed                    fill in the demo shop
  reset --yes             delete all data of all subgraphs, then migrate
  drift                   fail when the migrations do not build what schema.prisma says
  new SUBGRAPH NAME       write a migration with what schema.prisma says and the migrations do not build yet
  url [SUBGRAPH]          the address for psql, of the administrator or of a subgraph's application role
    --relay               of the subgraph's relay role

They work on the database of DATABASE_URL (and <SUBGRAPH>_DATABASE_URL) or, when that is not set, on the embedded one
in DATA_DIR (default .data), which is started for the time of the command when it does not run.
`

const SEED_FILE = join(dirname(fileURLToPath(import.meta.url)), 'seed.ts')

type Options = { readonly yes: boolean; readonly relay: boolean; readonly rolledBack: string | undefined }
type Command = (database: OpenDatabase, names: readonly string[], options: Options) => Promise<void>

const COMMANDS: Readonly<Record<string, Command>> = {
  migrate: async (database, _names, { rolledBack }) => {
    if (rolledBack) {
      const [subgraph, migration] = rolledBack.split('/')
      if (!migration) throw new DatabaseError('--rolled-back takes SUBGRAPH/MIGRATION.')
      await markRolledBack(database, subgraphNamed(subgraph), migration)
    }
    const done = await migrate(database, say)
    if (done.every(({ applied }) => applied.length === 0)) say('Nothing is pending.')
  },

  status: async database => {
    say(`Database: ${describeUrl(database.databaseUrl)}${database.embedded ? ' (embedded)' : ''}`)
    for (const { subgraph, state } of await migrationStates(database)) {
      const own = database.subgraphUrls?.[subgraph]
      const parts = [`${state.applied.length} applied`, `${state.pending.length} pending`]
      if (state.failed.length > 0) parts.push(`failed: ${state.failed.map(({ name }) => name).join(', ')}`)
      if (state.edited.length > 0) parts.push(`edited after it was applied: ${state.edited.join(', ')}`)
      if (state.unknown.length > 0) parts.push(`unknown to this version: ${state.unknown.join(', ')}`)
      say(`${subgraph.padEnd(10)} ${parts.join('; ')}${own ? ` (${describeUrl(own)})` : ''}`)
      for (const name of state.pending) say(`           pending: ${name}`)
    }
  },

  seed: async database => {
    if (!existsSync(SEED_FILE)) throw new DatabaseError('There is no demo data: scripts/seed.ts is missing.')
    await migrate(database, say)
    const { seed } = await import(pathToFileURL(SEED_FILE).href)
    const { databaseUrl, subgraphUrls, roleSecret } = database
    await seed({ databaseUrl, subgraphUrls, roleSecret, progress: say })
  },

  reset: async (database, _names, { yes }) => {
    if (!yes)
      throw new DatabaseError(
        `This deletes all data in ${describeUrl(database.databaseUrl)}. If that is what you want: npm run db -- reset --yes.`,
      )
    await reset(database)
    say('All data is deleted.')
    await migrate(database, say)
  },

  drift: async database => {
    const drifts = (await checkDrift(database)).filter(({ sql }) => sql !== '')
    for (const { subgraph, sql } of drifts) say(`${subgraph}: its migrations lack\n${sql}`)
    if (drifts.length > 0)
      throw new DatabaseError(`Migrations and schema.prisma disagree: ${drifts.map(d => d.subgraph).join(', ')}.`)
    say('Migrations and schema.prisma agree.')
  },

  new: async (database, [name, title]) => {
    const subgraph = subgraphNamed(name)
    if (!title || !/^[a-z0-9_]+$/.test(title))
      throw new DatabaseError('A migration has a name of small letters, digits and underscores.')
    const drift = (await checkDrift(database)).find(entry => entry.subgraph === subgraph)
    const time = new Date().toISOString().replace(/\D/g, '').slice(0, 14)
    const file = join(database.subgraphsFolder, subgraph, `prisma/migrations/${time}_${title}/migration.sql`)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, `${drift?.sql ?? ''}\n`)
    say(`Written: ${file}. Seal every new table in it (see scripts/database/migrate.ts).`)
  },

  url: async (database, [name], { relay }) => {
    if (!name) return say(database.databaseUrl)
    const subgraph = subgraphNamed(name)
    const role = relay ? relayRole(subgraph) : applicationRole(subgraph)
    say(roleUrl(urlOf(database, subgraph), role, database.roleSecret))
  },
}

function subgraphNamed(name: string | undefined): Subgraph {
  if (name !== undefined && isSubgraph(name)) return name
  throw new DatabaseError(`${name ?? 'Nothing'} is not a subgraph; there are ${SUBGRAPHS.join(', ')}.`)
}

function say(line: string): void {
  console.log(line)
}

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      help: { type: 'boolean', short: 'h', default: false },
      yes: { type: 'boolean', default: false },
      relay: { type: 'boolean', default: false },
      'rolled-back': { type: 'string' },
    },
  })
  const [name, ...names] = positionals
  if (values.help) return say(USAGE)
  const command = COMMANDS[name ?? '']
  if (!command) throw new DatabaseError(`${name ? `There is no command ${name}.\n\n` : ''}${USAGE}`)
  // Progress goes to stderr: what `url` prints can be taken by another command.
  const database = await openDatabase(line => console.error(line))
  const interrupt = () => database.stop().finally(() => process.exit(130))
  process.once('SIGINT', interrupt)
  process.once('SIGTERM', interrupt)
  try {
    await command(database, names, { yes: values.yes, relay: values.relay, rolledBack: values['rolled-back'] })
  } finally {
    await database.stop()
    process.removeListener('SIGINT', interrupt)
    process.removeListener('SIGTERM', interrupt)
  }
}

// Whoever reads may stop reading (| head): the command still ends what it began.
process.stdout.on('error', error => {
  if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error
})

await main().catch(error => {
  const expected =
    error instanceof DatabaseError || error instanceof SettingsError || error?.code?.startsWith('ERR_PARSE_ARGS')
  console.error(expected ? error.message : error)
  process.exitCode = 1
})
