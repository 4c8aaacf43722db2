// node scripts/run.mjs FILE ARGS… makes the tree ready (packages, generated code) and runs a TypeScript file of ours
// in this very process, so that signals and the exit code need no passing on.
import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { requireNode } from './require-node.mjs'

requireNode()
const project = dirname(dirname(fileURLToPath(import.meta.url)))
const [name, ...rest] = process.argv.slice(2)
if (!name) fail('Usage: node scripts/run.mjs FILE [ARGUMENTS…]')
const file = resolve(project, name)
if (!existsSync(file)) fail(`There is no file ${file}.`)

try {
  const { prepare } = await import('./prepare.mjs')
  await prepare()
} catch (error) {
  fail(error instanceof Error && error.name === 'PrepareError' ? error.message : error)
}
await import('./typescript.mjs')
process.argv = [process.argv[0], file, ...rest]
await import(pathToFileURL(file).href)

function fail(reason) {
  console.error(reason)
  process.exit(1)
}
