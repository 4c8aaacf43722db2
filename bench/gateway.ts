import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Benchmark, Prepared, Results, Settings } from './harness/benchmark.ts'
import type { GraphRequest } from './harness/graph.ts'
import { LoadGenerator } from './harness/load.ts'
import { startPostgres } from './harness/postgres.ts'
import { canPin } from './harness/processes.ts'
import { installRival } from './harness/rival.ts'
import { ratio, rounded } from './harness/statistics.ts'
import { OPERATIONS } from './sample/operations.ts'
import { composeSample } from './sample/schemas.ts'
import { SampleSubgraphs } from './sample/server.ts'
import { GATEWAYS, Gateway, type Stage } from './subjects/gateways.ts'
import type { BoxMode } from './subjects/one-box.ts'
import { REAL_CASES, RealGraph } from './subjects/real-graph.ts'

const GATEWAY_CORE = 0
const OTHER_CORE = 1
const OURS = 'ours'

/**
 * One request again and again, as published comparisons of gateways ask, and requests that differ by their variables.
 * What a gateway sends once for all who ask the same at the same time makes the first cheaper and not the second.
 */
const KINDS = ['repeated', 'differing'] as const
type Kind = (typeof KINDS)[number]

const caseName = (operation: string, kind: Kind) => `${operation} ${kind}`

export const benchmark: Benchmark = {
  name: 'gateway',
  summary: 'federation gateways on one core: stock, Hive, Hive with its Rust planner, Grafbase and ours',
  defaults: { rounds: 3, seconds: 3, concurrency: [1, 32] },
  flags: {
    repeated: 'only one request again and again, as published comparisons ask, which lets what is in flight be shared',
    differing: 'only requests that differ by their variables, of which nothing can be shared',
    mine: 'the real supergraph instead: a product page, a receipt, a dashboard, on one box and on seven processes',
  },
  async prepare(settings) {
    if (settings.flags.has('mine')) return prepareRealGraph(settings)
    const rivals = await installRival('gateways', settings.say)
    const pinned = canPin()
    const scratchFolder = await mkdtemp(path.join(tmpdir(), 'tillgraph-gateways-'))
    const subgraphs = await SampleSubgraphs.start(pinned ? OTHER_CORE : undefined)
    const load = new LoadGenerator()
    if (pinned) await load.pin(OTHER_CORE)
    const supergraphFile = path.join(scratchFolder, 'supergraph.graphql')
    await writeFile(
      supergraphFile,
      composeSample(name => subgraphs.url(name)),
    )
    const kinds = kindsOf(settings)
    const stage: Stage = {
      supergraphFile,
      scratchFolder,
      subgraphs,
      operations: operationsOf(kinds),
      load,
      core: pinned ? GATEWAY_CORE : undefined,
      rivals,
      agreed: new Map(),
    }
    return {
      subjects: GATEWAYS.map(name => new Gateway(name, stage)),
      async stop() {
        load.stop()
        subgraphs.stop()
        await rm(scratchFolder, { recursive: true })
      },
      conclude(results) {
        const most = Math.max(...settings.concurrency)
        return {
          baseline: 'stock',
          notes: [
            pinned
              ? 'Each gateway had one core to itself; the load generator and the subgraphs had the other.'
              : 'Nothing could be pinned to a core here: the figures disturb each other.',
            'Repeated: one request again and again, as published comparisons ask; what is in flight may be shared.',
            'Differing: requests that differ by their variables; no gateway can share what is in flight.',
            `The last line compares CPU time per request at ${most} at once; more than 1 is cheaper than the rival. Its first four are of the repeated request, those of differing ones stand by themselves.`,
          ],
          json: {
            ...(kinds.includes('repeated') ? cpuAgainstAll('repeated', results, most) : {}),
            ...(kinds.includes('differing') ? { differing: cpuAgainstAll('differing', results, most) } : {}),
          },
        }
      },
    }
  },
}

function kindsOf({ flags }: Settings): readonly Kind[] {
  const chosen = KINDS.filter(kind => flags.has(kind))
  return chosen.length > 0 ? chosen : KINDS
}

function operationsOf(kinds: readonly Kind[]): Record<string, readonly GraphRequest[]> {
  return Object.fromEntries(
    kinds.flatMap(kind =>
      Object.entries(OPERATIONS).map(([operation, requests]) => [
        caseName(operation, kind),
        kind === 'repeated' ? requests.slice(0, 1) : requests,
      ]),
    ),
  )
}

const MODES: readonly BoxMode[] = ['one box', 'seven processes']

async function prepareRealGraph({ say, concurrency }: Settings): Promise<Prepared> {
  const postgres = await startPostgres(say)
  const load = new LoadGenerator()
  return {
    subjects: MODES.map(mode => new RealGraph(mode, postgres, load, say)),
    async stop() {
      load.stop()
      await postgres.stop()
    },
    conclude(results) {
      const most = Math.max(...concurrency)
      const figures = (mode: BoxMode) =>
        Object.fromEntries(
          REAL_CASES.map(name => {
            const found = results.of(mode, name, most)
            return [name, found ? { per_second: rounded(found.per_second), p99_ms: rounded(found.p99_ms) } : null]
          }),
        )
      return {
        notes: [
          'CPU is that of all processes of ours, gateway and subgraphs; the database is told apart.',
          `The last line holds the figures at ${most} at once.`,
        ],
        json: { mine: Object.fromEntries(MODES.map(mode => [mode, figures(mode)])) },
      }
    },
  }
}

function cpuAgainstAll(kind: Kind, results: Results, concurrency: number) {
  return {
    cpu_vs_stock: cpuAgainst('stock', kind, results, concurrency),
    cpu_vs_hive: cpuAgainst('hive', kind, results, concurrency),
    cpu_vs_hive_rust_planner: cpuAgainst('hive-rust-planner', kind, results, concurrency),
    cpu_vs_grafbase: cpuAgainst('grafbase', kind, results, concurrency),
  }
}

/** How many times the rival's CPU time per request is ours, by operation; null where one of them was left out. */
function cpuAgainst(rival: string, kind: Kind, results: Results, concurrency: number): Record<string, number | null> {
  const cpu = (subject: string, operation: string) =>
    results.of(subject, caseName(operation, kind), concurrency)?.cpu_us_per_step
  return Object.fromEntries(
    Object.keys(OPERATIONS).map(operation => [operation, ratio(cpu(rival, operation), cpu(OURS, operation))]),
  )
}
