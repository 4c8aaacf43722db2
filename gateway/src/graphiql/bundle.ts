import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface GraphiqlBundle {
  /** Changes with what is in it, so that browsers may keep it for ever. */
  readonly version: string
  readonly files: ReadonlyMap<string, Buffer>
}

const require = createRequire(import.meta.url)
const PAGE = fileURLToPath(new URL('./page/main.js', import.meta.url))
const PACKAGES = ['graphiql', '@graphiql/react', 'monaco-editor', 'monaco-graphql', 'react', 'graphql-ws', 'rolldown']
const CONTENT_FILES = new Set(['main.js', 'main.css', 'json.worker.js', 'graphql.worker.js', 'editor.worker.js'])

let bundle: Promise<GraphiqlBundle> | undefined

/** The page's code, from the cache on disk or built from the installed packages; nothing comes from the network. */
export function graphiqlBundle(): Promise<GraphiqlBundle> {
  bundle ??= loadOrBuild().catch(error => {
    bundle = undefined
    throw error
  })
  return bundle
}

async function loadOrBuild(): Promise<GraphiqlBundle> {
  const version = await versionOf()
  for (const folder of cacheFolders()) {
    const files = await readCached(join(folder, version))
    if (files) return { version, files }
  }
  const files = await build()
  await keep(version, files)
  return { version, files }
}

async function versionOf(): Promise<string> {
  const hash = createHash('sha256').update(await readFile(PAGE))
  hash.update(await readFile(fileURLToPath(import.meta.url)))
  for (const name of PACKAGES) hash.update(`${name} ${await packageVersion(name)}\n`)
  return hash.digest('hex').slice(0, 16)
}

async function packageVersion(name: string): Promise<string> {
  const file = join(packageFolder(name), 'package.json')
  return (JSON.parse(await readFile(file, 'utf8')) as { version: string }).version
}

/** Where a package lies; not every package lets its own package.json be required. */
function packageFolder(name: string): string {
  for (const folder of require.resolve.paths(name) ?? []) {
    try {
      return dirname(require.resolve(join(folder, name, 'package.json')))
    } catch {
      // It may lie further up.
    }
  }
  throw new Error(`The package ${name} is not installed.`)
}

function cacheFolders(): readonly string[] {
  const modules = dirname(packageFolder('graphiql'))
  return [
    join(modules, '.cache', 'tillgraph-graphiql'),
    join(tmpdir(), `tillgraph-graphiql-${process.getuid?.() ?? 0}`),
  ]
}

async function readCached(folder: string): Promise<ReadonlyMap<string, Buffer> | undefined> {
  try {
    const names = await readdir(folder)
    if ([...CONTENT_FILES].some(name => !names.includes(name))) return undefined
    return new Map(await Promise.all(names.map(async name => [name, await readFile(join(folder, name))] as const)))
  } catch {
    return undefined
  }
}

/** Kept for the next start, wherever it can be written; a cache that cannot be kept is no fault. */
async function keep(version: string, files: ReadonlyMap<string, Buffer>): Promise<void> {
  for (const parent of cacheFolders()) {
    const folder = join(parent, version)
    const unfinished = `${folder}.${process.pid}`
    try {
      await mkdir(unfinished, { recursive: true, mode: 0o700 })
      for (const [name, content] of files) await writeFile(join(unfinished, name), content)
      await rename(unfinished, folder)
      return
    } catch {
      await rm(unfinished, { recursive: true, force: true })
    }
  }
}

async function build(): Promise<ReadonlyMap<string, Buffer>> {
  const styles: string[] = []
  const monaco = packageFolder('monaco-editor')
  const entries = new Map([
    ['main.js', PAGE],
    ['json.worker.js', join(monaco, 'esm/vs/language/json/json.worker.js')],
    ['graphql.worker.js', join(packageFolder('monaco-graphql'), 'esm/graphql.worker.js')],
    ['editor.worker.js', join(monaco, 'esm/vs/editor/editor.worker.js')],
  ])
  const files = new Map<string, Buffer>()
  for (const [name, entry] of entries) files.set(name, await bundleOf(entry, styles))
  files.set('main.css', Buffer.from(styles.join('\n')))
  return files
}

async function bundleOf(entry: string, styles: string[]): Promise<Buffer> {
  const { rolldown } = await import('rolldown')
  const result = await rolldown({
    input: entry,
    platform: 'browser',
    logLevel: 'silent',
    transform: { define: { 'process.env.NODE_ENV': '"production"' } },
    plugins: [
      {
        name: 'collect-styles',
        async load(id: string) {
          if (!id.endsWith('.css')) return null
          styles.push(await withEmbeddedFonts(id))
          return { code: '', moduleType: 'js' }
        },
      },
    ],
  })
  const { output } = await result.generate({ format: 'iife', name: 'page', minify: true, codeSplitting: false })
  await result.close()
  return Buffer.from(output[0].code)
}

const LOCAL_FONT = /url\((["']?)(\.[^)"']+\.ttf)\1\)/g

/** A style sheet with its fonts inside, so that one file is all there is to serve. */
async function withEmbeddedFonts(file: string): Promise<string> {
  let css = await readFile(file, 'utf8')
  for (const [text, , path = ''] of css.matchAll(LOCAL_FONT)) {
    const font = await readFile(join(dirname(file), path))
    css = css.replaceAll(text, `url(data:font/ttf;base64,${font.toString('base64')})`)
  }
  return css
}
