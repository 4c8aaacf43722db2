import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { composeStreams } from './fanout/schemas.ts'
import { Streams } from './fanout/streams.ts'
import type { Benchmark } from './harness/benchmark.ts'
import { canPin } from './harness/processes.ts'
import { installRival } from './harness/rival.ts'
import { ratio } from './harness/statistics.ts'
import { ALL_READING, FAN_OUTS, FanOut, KILOBYTES_PER_SOCKET, SOME_NOT_READING } from './subjects/fan-out.ts'

const GATEWAY_CORE = 0
const OTHER_CORE = 1
const SUBSCRIBERS = 10_000
/** A process may have 20,000 files open on most systems. */
const SUBSCRIBERS_MOST = 15_000

export const benchmark: Benchmark = {
  name: 'fanout',
  summary: 'a change of stock pushed to 10,000 subscribers of one gateway process: Hive and ours',
  defaults: { rounds: 3, seconds: 5, concurrency: [SUBSCRIBERS] },
  concurrencyMost: SUBSCRIBERS_MOST,
  async prepare(settings) {
    const rivals = await installRival('gateways', settings.say)
    const [gatewayCore, otherCore] = canPin() ? [GATEWAY_CORE, OTHER_CORE] : [undefined, undefined]
    const scratchFolder = await mkdtemp(path.join(tmpdir(), 'tillgraph-fanout-'))
    const streams = await Streams.start(otherCore)
    const supergraphFile = path.join(scratchFolder, 'supergraph.graphql')
    await writeFile(
      supergraphFile,
      composeStreams(name => streams.url(name)),
    )
    const [subscribers = SUBSCRIBERS] = settings.concurrency
    const stage = { supergraphFile, streams, rivals, gatewayCore, otherCore, subscribers }
    return {
      subjects: FAN_OUTS.map(name => new FanOut(name, stage)),
      async stop() {
        streams.stop()
        await rm(scratchFolder, { recursive: true })
      },
      conclude(results) {
        const [ours, hive] = ['ours', 'hive'].map(name => results.of(name, ALL_READING, subscribers))
        const withSomeNotReading = results.of('ours', SOME_NOT_READING, subscribers)
        return {
          baseline: 'hive',
          notes: [
            gatewayCore === undefined
              ? 'Nothing could be pinned to a core here: the figures disturb each other.'
              : 'Each gateway had one core to itself; the readers and the subgraphs had the other.',
            'Every push was held against what it must say. p99 is from the change at its subgraph to the reader.',
          ],
          json: {
            subscribers,
            pushes_per_second: ours && Math.round(ours.per_second),
            vs_hive: ratio(ours?.per_second, hive?.per_second),
            p99_ms: ours?.p99_ms,
            p99_ms_100_not_reading: withSomeNotReading?.p99_ms,
            kb_per_socket: ours?.further[KILOBYTES_PER_SOCKET],
          },
        }
      },
    }
  },
}
