import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { PrepareError } from './prepare-error.mjs'

const KEPT_OUTPUT_CHARACTERS = 20_000

/** Every subgraph that has a Prisma schema, with where its client goes and the hash of what the client is made from. */
function clients(project) {
  const folder = join(project, 'subgraphs')
  if (!existsSync(folder)) return []
  const generatorVersion = readFileSync(join(project, 'node_modules/prisma/package.json'), 'utf8')
  return readdirSync(folder)
    .map(name => ({ name, schema: join(folder, name, 'prisma/schema.prisma') }))
    .filter(({ schema }) => existsSync(schema))
    .map(({ name, schema }) => ({
      name,
      schema,
      marker: join(folder, name, 'generated/prisma/.made-from'),
      hash: createHash('sha256').update(generatorVersion).update(readFileSync(schema)).digest('hex'),
    }))
}

const isCurrent = ({ marker, hash }) => existsSync(marker) && readFileSync(marker, 'utf8') === hash

export function prismaIsCurrent(project) {
  return clients(project).every(isCurrent)
}

/** Runs `prisma generate` for every schema that changed, as many at once as there are processors. */
export async function generatePrisma(project, progress) {
  const changed = clients(project).filter(client => !isCurrent(client))
  if (changed.length === 0) return
  progress(`Generating the Prisma client of ${changed.map(({ name }) => name).join(', ')} …`)
  const started = Date.now()
  const queue = [...changed]
  const worker = async () => {
    for (let client = queue.shift(); client; client = queue.shift()) await generate(project, client)
  }
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), queue.length) }, worker))
  progress(`Prisma clients generated in ${((Date.now() - started) / 1000).toFixed(1)} s.`)
}

async function generate(project, { name, schema, marker, hash }) {
  const { code, output } = await runPrisma(project, schema)
  if (code !== 0) throw new PrepareError(`prisma generate failed for ${name}:\n${output.trim()}`)
  mkdirSync(dirname(marker), { recursive: true })
  writeFileSync(marker, hash)
}

function runPrisma(project, schema) {
  const cli = join(project, 'node_modules/prisma/build/index.js')
  return new Promise(resolve => {
    const child = spawn(process.execPath, [cli, 'generate', '--no-hints', '--schema', schema], {
      cwd: project,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        // The schema engine is not used to generate, but the command downloads one unless it is told of one.
        PRISMA_SCHEMA_ENGINE_BINARY: process.env.PRISMA_SCHEMA_ENGINE_BINARY ?? process.execPath,
        PRISMA_HIDE_UPDATE_MESSAGE: '1',
        CHECKPOINT_DISABLE: '1',
      },
    })
    let output = ''
    const keep = chunk => {
      output = (output + chunk).slice(-KEPT_OUTPUT_CHARACTERS)
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    child.once('error', error => resolve({ code: 1, output: String(error) }))
    child.once('close', (code, signal) => resolve({ code: code ?? signal, output }))
  })
}
