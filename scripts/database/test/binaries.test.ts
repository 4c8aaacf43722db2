import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { completeLinks, postgresBinaries } from '../binaries.ts'

test('library links that npm did not make, because it skips install scripts, are made before PostgreSQL runs', () => {
  const native = dirname(dirname(postgresBinaries(undefined, tmpdir()).postgres))
  const folder = mkdtempSync(join(tmpdir(), 'tillgraph-binaries-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const copy = join(folder, 'native')
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true })
  const libraries = join(copy, 'lib')
  const links = readdirSync(libraries).filter(name => lstatSync(join(libraries, name)).isSymbolicLink())
  for (const name of links) rmSync(join(libraries, name))

  const version = () => spawnSync(join(copy, 'bin/postgres'), ['--version'], { encoding: 'utf8', env: {} })
  // Without links this machine's package cannot even print its version; elsewhere there may be no links at all.
  if (links.length > 0) expect(version().status).not.toBe(0)
  expect(completeLinks(copy)).toBe(true)
  expect(version().stdout).toMatch(/^postgres \(PostgreSQL\) 18/)
  expect(links.filter(name => !existsSync(join(libraries, name)))).toEqual([])
})
