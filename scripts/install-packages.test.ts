import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { installPackages, packagesAreInstalled } from './install-packages.mjs'

let project: string
const entry = (version: string, more = {}) => ({ version, integrity: `sha512-${version}`, ...more })

beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'tillgraph-install-'))
  onTestFinished(() => rmSync(project, { recursive: true, force: true }))
  lock({ '': {}, kit: {}, 'node_modules/a': entry('1.0.0') })
})

const lock = (packages: object) => writeFileSync(join(project, 'package-lock.json'), JSON.stringify({ packages }))
const installed = (packages: object) => {
  mkdirSync(join(project, 'node_modules'), { recursive: true })
  writeFileSync(join(project, 'node_modules/.package-lock.json'), JSON.stringify({ packages }))
}

test('a clean clone lacks its packages', () => {
  expect(packagesAreInstalled(project)).toBe(false)
})

test('what npm installed by hand counts, as long as every version is the one that is wanted', () => {
  installed({ 'node_modules/a': entry('1.0.0') })
  expect(packagesAreInstalled(project)).toBe(true)
  lock({ '': {}, 'node_modules/a': entry('1.0.1') })
  expect(packagesAreInstalled(project)).toBe(false)
})

test('packages for other kinds of machine may be missing, others may not', () => {
  installed({ 'node_modules/a': entry('1.0.0') })
  lock({ '': {}, 'node_modules/a': entry('1.0.0'), 'node_modules/darwin': entry('1.0.0', { optional: true }) })
  expect(packagesAreInstalled(project)).toBe(true)
  lock({ '': {}, 'node_modules/a': entry('1.0.0'), 'node_modules/b': entry('1.0.0') })
  expect(packagesAreInstalled(project)).toBe(false)
})

test('where only production packages are wanted, the others may be missing', () => {
  installed({ 'node_modules/a': entry('1.0.0') })
  lock({ '': {}, 'node_modules/a': entry('1.0.0'), 'node_modules/b': entry('1.0.0', { dev: true }) })
  expect(packagesAreInstalled(project)).toBe(false)
  vi.stubEnv('NODE_ENV', 'production')
  onTestFinished(() => void vi.unstubAllEnvs())
  expect(packagesAreInstalled(project)).toBe(true)
})

test.each([
  { said: 'npm error code ENOTFOUND', told: /npm cannot reach its registry/ },
  { said: 'npm error code EACCES', told: /no permission to write to .*node_modules/ },
  { said: 'npm error code ENOSPC', told: /the disk that holds .* is full/ },
  { said: 'npm error something odd', told: /npm ended with 3\.\nnpm error something odd/ },
])('an installation that ends with "$said" is told as one sentence', async ({ said, told }) => {
  fakeNpm(`echo "${said}" >&2; exit 3`)
  const lines: string[] = []
  await expect(installPackages(project, line => lines.push(line))).rejects.toThrow(told)
  expect(lines[0]).toBe('Installing 2 packages with npm ci …')
})

test('optional packages that the registry does not have do not hinder: npm installs what the lock file names', async () => {
  fakeNpm(
    `if [ "$1" = ci ]; then echo "npm error Missing: @x/darwin@ from lock file" >&2; exit 1; fi; mkdir -p node_modules; echo "$@" > words`,
  )
  await installPackages(project, () => {})
  expect(readFileSync(join(project, 'words'), 'utf8')).toMatch(/^install --no-save /)
  expect(packagesAreInstalled(project)).toBe(true)
})

test('a package.json that the lock file does not follow is an error', async () => {
  fakeNpm(
    'echo "npm error Missing: @x/darwin@ from lock file" >&2; echo "npm error Missing: left-pad@1.3.0 from lock file" >&2; exit 1',
  )
  await expect(installPackages(project, () => {})).rejects.toThrow(/Missing: left-pad@1.3.0 from lock file/)
})

/** Puts a shell script in npm's place. */
function fakeNpm(script: string): void {
  const bin = join(project, 'bin')
  mkdirSync(bin)
  writeFileSync(join(bin, 'npm'), `#!/bin/sh\n${script}\n`)
  chmodSync(join(bin, 'npm'), 0o755)
  vi.stubEnv('PATH', `${bin}${delimiter}${process.env.PATH}`)
  vi.stubEnv('npm_execpath', '')
  onTestFinished(() => void vi.unstubAllEnvs())
}
