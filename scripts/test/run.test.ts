import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'

const run = fileURLToPath(new URL('../run.mjs', import.meta.url))
const requireNode = fileURLToPath(new URL('../require-node.mjs', import.meta.url))

function program(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'tillgraph-run-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'program.ts')
  writeFileSync(file, text)
  return file
}

test('a TypeScript file runs with its arguments, and its exit code is the exit code', () => {
  const file = program('const words: string[] = process.argv.slice(2)\nconsole.log(words.join())\nprocess.exit(7)')
  const { status, stdout } = spawnSync(process.execPath, [run, file, 'a', '--b'], { encoding: 'utf8' })
  expect({ status, stdout }).toEqual({ status: 7, stdout: 'a,--b\n' })
})

test('a signal arrives at the program once', async () => {
  const file = program(`let times = 0
    process.on('SIGTERM', () => { times++; setTimeout(() => { console.log(times); process.exit(0) }, 100) })
    setInterval(() => {}, 1000)
    console.log('ready')`)
  const child = spawn(process.execPath, [run, file], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  const told = once(child.stdout, 'data')
  child.kill('SIGTERM')
  expect(String((await told)[0])).toBe('1\n')
})

test('a file that is missing is told as one sentence', () => {
  const { status, stderr } = spawnSync(process.execPath, [run, '/nowhere.ts'], { encoding: 'utf8' })
  expect({ status, stderr }).toEqual({ status: 1, stderr: 'There is no file /nowhere.ts.\n' })
})

test.each([
  { version: '18.20.4', status: 1 },
  { version: '20.18.3', status: 1 },
  { version: '20.19.0', status: 0 },
  { version: '24.1.0', status: 0 },
])('Node $version ends with $status', ({ version, status }) => {
  const script = `const { requireNode } = await import(${JSON.stringify(requireNode)}); requireNode('${version}')`
  const child = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })
  expect(child.status).toBe(status)
  if (status)
    expect(child.stderr).toMatch(new RegExp(`^Tillgraph needs Node 20.19 or newer; this is Node ${version}.*\n$`))
})
