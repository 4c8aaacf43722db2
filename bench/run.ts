// npm run bench -- NAME [options]: one runner for every benchmark. A benchmark is a file beside this one.
import { readdir } from 'node:fs/promises'
import type { Benchmark } from './harness/benchmark.ts'
import { settingsFrom } from './harness/options.ts'
import { measure } from './harness/runner.ts'
import { table } from './harness/table.ts'

const EXIT_INTERRUPTED = 130
const OPTIONS = `
options
  --rounds N           how often each point is measured; the figures are the medians
  --seconds N          how long each measurement takes
  --concurrency N,N    how many at once
  --only NAME,NAME     these subjects only
  --cases NAME,NAME    these cases only
  --help               this page

Figures go to standard output, the last line of it is JSON; progress goes to standard error. Nothing is written into
the project, but for the packages of the rivals, in their own ignored folders. Databases are kept in BENCH_DATA_DIR.`

async function names(): Promise<string[]> {
  const files = await readdir(new URL('.', import.meta.url))
  return files
    .filter(file => file.endsWith('.ts') && file !== 'run.ts')
    .map(file => file.slice(0, -'.ts'.length))
    .sort()
}

async function load(name: string): Promise<Benchmark> {
  const { benchmark } = (await import(new URL(`${name}.ts`, import.meta.url).href)) as { benchmark: Benchmark }
  return benchmark
}

function help(all: readonly Benchmark[]): string {
  const width = Math.max(...all.map(({ name }) => name.length))
  const lines = all.flatMap(({ name, summary, flags }) => [
    `  ${name.padEnd(width)}  ${summary}`,
    ...Object.entries(flags ?? {}).map(([flag, meaning]) => `  ${''.padEnd(width)}  --${flag}: ${meaning}`),
  ])
  return ['npm run bench -- NAME [options]', '', 'benchmarks', ...lines, OPTIONS].join('\n')
}

async function run(benchmark: Benchmark, args: readonly string[]): Promise<void> {
  const settings = settingsFrom(benchmark, args, line => console.error(line))
  const prepared = await benchmark.prepare(settings)
  let stopped: Promise<void> | undefined
  const stop = () => {
    stopped ??= prepared.stop()
    return stopped
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => stop().finally(() => process.exit(EXIT_INTERRUPTED)))
  }
  try {
    const results = await measure(prepared, settings)
    const { baseline, notes, json } = prepared.conclude(results)
    console.log(table(results.points, baseline))
    for (const note of notes) console.log(note)
    console.log(JSON.stringify({ bench: benchmark.name, ...json }))
  } finally {
    await stop()
  }
}

const [name, ...args] = process.argv.slice(2)
const known = await names()
try {
  if (name === undefined || name === '-h' || [name, ...args].includes('--help')) {
    console.log(help(await Promise.all(known.map(load))))
  } else {
    if (!known.includes(name)) throw new Error(`there is no benchmark ${name}; npm run bench -- --help names them`)
    await run(await load(name), args)
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
