import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import swc from '@swc/wasm-typescript'

/** Node's loader hook: a `.ts` file of ours becomes the module that is left when its types are blanked out. */
export async function load(url, context, nextLoad) {
  if (!url.startsWith('file:') || !url.endsWith('.ts') || url.includes('/node_modules/')) return nextLoad(url, context)
  const path = fileURLToPath(url)
  const { code } = swc.transformSync(await readFile(path, 'utf8'), { mode: 'strip-only', filename: path })
  return { format: 'module', source: code, shortCircuit: true }
}
