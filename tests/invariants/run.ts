import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

const USAGE = `npm run invariants [-- OPTIONS] [FOLDER OR FILE…]

Runs tests/invariants, which npm test runs small, at the size that is promised.

  --checkouts N   how many fight for the last units (10000)
  --copies N      how many copies of one request are sent at once (1000)
  --requests N    to how many requests that is done (100)
  --operations N  how much is traded at random (100000)
  --sales N       how many sales are watched as they happen (1000)
  --breaks N      how often inventory is killed, and the watcher's socket cut, meanwhile (10)
  --pushes N      how many messages are pushed and looked at for what is another's (1000000)
  --callers N     to how many people of several businesses and roles (200)
  --seed N        what is drawn at random; without it, the clock says. A run tells its own.
  --help          this page
`
const WHOLE_NUMBER = /^[1-9][0-9]{0,8}$/

const options = {
  checkouts: { type: 'string', default: '10000' },
  copies: { type: 'string', default: '1000' },
  requests: { type: 'string', default: '100' },
  operations: { type: 'string', default: '100000' },
  sales: { type: 'string', default: '1000' },
  breaks: { type: 'string', default: '10' },
  pushes: { type: 'string', default: '1000000' },
  callers: { type: 'string', default: '200' },
  seed: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const

function main(): void {
  const { values, positionals } = parseArgs({ allowPositionals: true, options })
  if (values.help) {
    console.log(USAGE)
    return
  }
  for (const [name, value] of Object.entries(values))
    if (!WHOLE_NUMBER.test(String(value))) throw new Error(`--${name} must be a whole number above zero.`)
  const project = join(import.meta.dirname, '../..')
  const tests = spawn(
    process.execPath,
    [
      join(project, 'node_modules/vitest/vitest.mjs'),
      'run',
      ...(positionals.length > 0 ? positionals : ['tests/invariants']),
    ],
    {
      cwd: project,
      stdio: 'inherit',
      env: {
        ...process.env,
        CHECKOUTS: values.checkouts,
        COPIES: values.copies,
        COPIED_REQUESTS: values.requests,
        OPERATIONS: values.operations,
        LIVE_SALES: values.sales,
        LIVE_BREAKS: values.breaks,
        PUSHES: values.pushes,
        CALLERS: values.callers,
        ...(values.seed ? { SEED: values.seed } : {}),
      },
    },
  )
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => tests.kill(signal))
  tests.once('exit', code => process.exit(code ?? 1))
}

try {
  main()
} catch (error) {
  console.error(`${error instanceof Error ? error.message : error}\n\n${USAGE}`)
  process.exitCode = 1
}
