// npm test: makes the tree ready (packages, generated code) and runs the whole suite against real Postgres.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { requireNode } from './require-node.mjs'

const USAGE = `npm test [-- OPTIONS OF vitest]

Runs every test. PostgreSQL comes with the packages; what has a second backend is tested on Redis too where a
redis-server is installed.

  npm test -- subgraphs/catalog      only the tests below a folder
  npm test -- --coverage             with a coverage report in coverage/
`

requireNode()
if (process.argv.includes('--help') || process.argv.includes('-h')) {
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
const hasRedis = (process.env.PATH ?? '').split(delimiter).some(folder => existsSync(join(folder, 'redis-server')))
if (!hasRedis)
  console.log('No redis-server is installed: what runs on Redis as well as on Postgres is tested on Postgres only.')

const project = new URL('..', import.meta.url).pathname
const vitest = spawn(
  process.execPath,
  [join(project, 'node_modules/vitest/vitest.mjs'), 'run', ...process.argv.slice(2)],
  {
    cwd: project,
    stdio: 'inherit',
  },
)
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => vitest.kill(signal))
vitest.once('exit', (code, signal) => {
  if (!hasRedis) console.log('Left out: the tests on Redis (install redis-server to run them).')
  process.exit(code ?? (signal ? 1 : 0))
})
