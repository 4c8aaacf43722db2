import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

const USAGE = `npm run check [-- NAME…]

Everything but the tests that must hold before a change is taken: types, lint and format, the composed graph, what
partners were promised of it, the database schemas. Without a name all of them run.
`

const project = join(import.meta.dirname, '..')
const node = (file: string, ...rest: string[]) => [
  process.execPath,
  '--import',
  './scripts/typescript.mjs',
  file,
  ...rest,
]

const checks: Readonly<Record<string, readonly string[]>> = {
  types: ['node_modules/.bin/tsc', '-p', 'tsconfig.json'],
  lint: ['node_modules/.bin/biome', 'check', '--error-on-warnings', '.'],
  composition: node('scripts/compose.ts', '--check'),
  contract: node('scripts/contract.ts'),
  schemas: node('scripts/db.ts', 'drift'),
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { help: { type: 'boolean', short: 'h' } },
  })
  if (values.help) {
    console.log(`${USAGE}\n  ${Object.keys(checks).join('\n  ')}`)
    return
  }
  const names = positionals.length > 0 ? positionals : Object.keys(checks)
  const failed: string[] = []
  for (const name of names) {
    const command = checks[name]
    if (!command) throw new Error(`There is no check ${name}; there are ${Object.keys(checks).join(', ')}.`)
    const started = performance.now()
    const code = await runCommand(command)
    console.log(
      `${code === 0 ? 'passed' : 'FAILED'}  ${name}  (${((performance.now() - started) / 1000).toFixed(1)} s)`,
    )
    if (code !== 0) failed.push(name)
  }
  if (failed.length > 0) process.exitCode = 1
}

function runCommand([command, ...args]: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command as string, args, { cwd: project, stdio: 'inherit' })
    child.once('error', reject)
    child.once('exit', code => resolve(code ?? 1))
  })
}

await main().catch(error => {
  console.error((error as Error).message)
  process.exitCode = 1
})
