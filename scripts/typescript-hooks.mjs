import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { threadId } from 'node:worker_threads'

// A process has some 300 files, and blanking their types out takes it a third of its start: each is done once for what
// it holds. A file has one place here, so what is kept does not grow.
const KEPT = join(import.meta.dirname, '../node_modules/.cache/tillgraph-typescript')
const MARK = '\n//# blanked-out='
/** Loaded when there is something to blank out: it is a compiler of its own, and takes its time. */
let stripper

/** Node's loader hook: a `.ts` file of ours becomes the module that is left when its types are blanked out. */
export async function load(url, context, nextLoad) {
  if (!url.startsWith('file:') || !url.endsWith('.ts') || url.includes('/node_modules/')) return nextLoad(url, context)
  const path = fileURLToPath(url)
  return { format: 'module', source: await javascriptOf(path, readFileSync(path, 'utf8')), shortCircuit: true }
}

async function javascriptOf(path, typescript) {
  const place = join(KEPT, `${hashOf(path)}.js`)
  const mark = `${MARK}${hashOf(typescript)}`
  const kept = readKept(place)
  if (kept?.endsWith(mark)) return kept
  stripper ??= (await import('@swc/wasm-typescript')).default
  const code = stripper.transformSync(typescript, { mode: 'strip-only', filename: path }).code + mark
  keep(place, code)
  return code
}

function readKept(place) {
  try {
    return readFileSync(place, 'utf8')
  } catch {
    return undefined
  }
}

/** Whoever reads it meanwhile finds the old or the new, never a part. */
function keep(place, code) {
  const unfinished = `${place}.${process.pid}.${threadId}`
  try {
    mkdirSync(KEPT, { recursive: true })
    writeFileSync(unfinished, code)
    renameSync(unfinished, place)
  } catch {
    // nowhere to keep it: it is blanked out again the next time
  }
}

function hashOf(text) {
  return createHash('sha256').update(text).digest('base64url')
}
