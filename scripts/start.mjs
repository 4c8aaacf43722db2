// npm start: makes the tree ready (packages, generated code) and starts everything.
import { requireNode } from './require-node.mjs'

const USAGE = `npm start [-- OPTIONS]

Starts Tillgraph: the database (embedded, unless DATABASE_URL names one), the migrations, a demo shop on the first
start, and the gateway with all six subgraphs in one process.

  --distributed   a process for the gateway and for each subgraph (npm run start:distributed)
  --watch         starts anew when a source file changes (npm run dev)
  --help          this text

Environment:
  GATEWAY_PORT   4000   where the graph is served
  WEB_PORT       3000   where a web front end on this machine runs: its origin may call the graph
  HOST           127.0.0.1
  DATA_DIR       .data  where the embedded database and the secrets of this installation are kept
  DATABASE_URL          a PostgreSQL of your own (16 or newer), instead of the embedded one
  REDIS_URL             a Redis for queues and signals; without it Postgres carries them
  LOG_LEVEL      warn
`

requireNode()
const options = process.argv.slice(2)
const unknown = options.find(option => !['--distributed', '--watch', '--help', '-h'].includes(option))
if (unknown !== undefined) {
  console.error(`${unknown} is not an option.\n\n${USAGE}`)
  process.exit(2)
}
if (options.includes('--help') || options.includes('-h')) {
  console.log(USAGE)
  process.exit(0)
}

try {
  const { prepare } = await import('./prepare.mjs')
  await prepare()
} catch (error) {
  console.error(error instanceof Error && error.name === 'PrepareError' ? error.message : error)
  process.exit(1)
}
await import('./typescript.mjs')
const { run } = await import('./start/run.ts')
await run({ distributed: options.includes('--distributed'), watch: options.includes('--watch') })
