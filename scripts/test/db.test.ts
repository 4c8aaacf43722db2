import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { createTestDatabase } from '../../tests/support/database.ts'

const project = fileURLToPath(new URL('../../', import.meta.url))

function db(words: readonly string[], environment: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', './scripts/typescript.mjs', 'scripts/db.ts', ...words],
    { cwd: project, encoding: 'utf8', env: { PATH: process.env.PATH, ...environment } },
  )
  return { status, stdout, stderr }
}

test('--help tells every command and starts nothing', () => {
  const { status, stdout } = db(['--help'], { DATA_DIR: '/nowhere' })
  expect(status).toBe(0)
  for (const command of ['migrate', 'status', 'seed', 'reset --yes', 'drift', 'new SUBGRAPH NAME', 'url [SUBGRAPH]'])
    expect(stdout).toContain(`\n  ${command}`)
})

test('an unknown command and an unknown option end with the usage and 1', () => {
  expect(db(['migrat'])).toMatchObject({ status: 1, stderr: expect.stringContaining('There is no command migrat.') })
  expect(db(['migrate', '--nonsense'])).toMatchObject({ status: 1, stderr: expect.stringContaining('--nonsense') })
})

test('every setting that is wrong is told at once', () => {
  const { status, stderr } = db(['status'], { DATABASE_URL: 'x', ORDERS_DATABASE_URL: 'y', DATABASE_ROLE_SECRET: 'z' })
  expect(status).toBe(1)
  for (const name of ['DATABASE_URL', 'ORDERS_DATABASE_URL', 'DATABASE_ROLE_SECRET'])
    expect(stderr).toContain(`  - ${name}`)
})

test('the database of DATABASE_URL is migrated, shown and reset', async () => {
  const database = await createTestDatabase('template1')
  const environment = { DATABASE_URL: database.url, DATABASE_ROLE_SECRET: database.roleSecret }
  expect(db(['migrate'], environment)).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('identity: applied'),
  })
  const { stdout } = db(['status'], environment)
  expect(stdout).toMatch(/^identity +\d+ applied; 0 pending$/m)
  expect(stdout).not.toContain(new URL(database.url).password)
  expect(db(['url', 'orders', '--relay'], environment).stdout).toBe(`${database.relayUrlOf('orders')}\n`)
  expect(db(['url', 'ordres'], environment)).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('identity, catalog'),
  })
  expect(db(['reset'], environment)).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('npm run db -- reset --yes'),
  })
  expect(db(['reset', '--yes'], environment)).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/^All data is deleted\.\n.*identity: applied/s),
  })
  await database.drop()
})
