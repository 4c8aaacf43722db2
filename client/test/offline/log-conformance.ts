import type { LogFaultCode, LogLine, OfflineLog } from '../../src/offline/log.ts'

/** Opens the log of this name; the same name again is the same log. */
export type OpenLog = (name: string) => Promise<OfflineLog>

export interface ConformanceCase {
  readonly name: string
  /** Throws where the log does not do what the name says. */
  run(open: OpenLog): Promise<void>
}

/** What every log of a till must do, in a browser and in Node alike: it runs in both, so it knows no test runner. */
export const logConformance: readonly ConformanceCase[] = [
  {
    name: 'an empty log has no last line, no verdicts and no notes',
    async run(open) {
      const log = await open('empty')
      same(await log.last(), undefined)
      same(await log.read(0, 10), [])
      same(await log.verdicts(0, 10), [])
      same(await log.note('papers'), undefined)
      await log.close()
    },
  },
  {
    name: 'what was appended is there when it is opened again, in order, by number and not by text',
    async run(open) {
      const lines = Array.from({ length: 12 }, (_, index) => lineOf(index + 1))
      await using(open, 'again', async log => {
        for (const line of lines) await log.append(line)
      })
      await using(open, 'again', async log => {
        same(await log.last(), lines[11])
        same(await log.read(0, 100), lines)
        same(await log.read(9, 100), lines.slice(9))
        same(await log.read(3, 2), lines.slice(3, 5))
        same(await log.read(12, 5), [])
      })
    },
  },
  {
    name: 'only the next line can be appended: none twice, none too early',
    async run(open) {
      await using(open, 'next', async log => {
        await refused('LOG_FORK', () => log.append(lineOf(2)))
        await log.append(lineOf(1))
        await refused('LOG_FORK', () => log.append(lineOf(1)))
        await refused('LOG_FORK', () => log.append(lineOf(3)))
        await log.append(lineOf(2))
        same(await log.read(0, 10), [lineOf(1), lineOf(2)])
      })
    },
  },
  {
    name: 'of several who append the same line at once, one does',
    async run(open) {
      await using(open, 'race', async log => {
        const attempts = await Promise.allSettled([1, 1, 1, 1].map(sequence => log.append(lineOf(sequence))))
        same(attempts.filter(({ status }) => status === 'fulfilled').length, 1)
        same(await log.read(0, 10), [lineOf(1)])
      })
    },
  },
  {
    name: 'a log is open once at a time, and free when it is closed',
    async run(open) {
      const log = await open('alone')
      await refused('LOG_IN_USE', () => open('alone'))
      const other = await open('beside')
      await other.close()
      await log.close()
      await refused('LOG_CLOSED', () => log.append(lineOf(1)))
      await refused('LOG_CLOSED', () => log.last())
      await (await open('alone')).close()
    },
  },
  {
    name: 'of several who open a log at once, one gets it',
    async run(open) {
      const attempts = await Promise.allSettled([1, 2, 3, 4].map(() => open('door')))
      const opened = attempts.flatMap(attempt => (attempt.status === 'fulfilled' ? [attempt.value] : []))
      same(opened.length, 1)
      await opened[0]?.close()
    },
  },
  {
    name: 'verdicts and notes stay, and the later one counts',
    async run(open) {
      const verdict = { sequence: 1, outcome: 'ACCEPTED', answeredAt: '2026-03-01T12:00:00.000Z' } as const
      const refusal = { ...verdict, sequence: 2, outcome: 'REFUSED', code: 'TOO_LATE', message: 'Ä' } as const
      await using(open, 'verdicts', async log => {
        await log.keepVerdicts([verdict, { ...verdict, sequence: 10 }])
        await log.keepVerdicts([{ ...verdict, sequence: 2 }])
        await log.keepVerdicts([refusal])
        await log.keepNote('papers', { blocks: [1] })
        await log.keepNote('papers', { blocks: [1, { first: 'ü' }] })
      })
      await using(open, 'verdicts', async log => {
        same(await log.verdicts(0, 10), [verdict, refusal, { ...verdict, sequence: 10 }])
        same(await log.verdicts(1, 1), [refusal])
        same(await log.note('papers'), { blocks: [1, { first: 'ü' }] })
        same(await log.note('other'), undefined)
      })
    },
  },
  {
    name: 'what is forgotten is gone, the last line never is, and the log goes on behind it',
    async run(open) {
      const answered = (sequence: number) => ({ sequence, outcome: 'ACCEPTED', answeredAt: '' }) as const
      await using(open, 'prune', async log => {
        for (let sequence = 1; sequence <= 6; sequence += 1) await log.append(lineOf(sequence))
        await log.keepVerdicts([1, 2, 3, 4, 5, 6].map(answered))
        await log.prune(4)
        await log.append(lineOf(7))
      })
      await using(open, 'prune', async log => {
        same(
          await log.read(0, 10),
          [5, 6, 7].map(sequence => lineOf(sequence)),
        )
        same(await log.verdicts(0, 10), [5, 6].map(answered))
        await log.prune(100)
        same(await log.read(0, 10), [lineOf(7)])
      })
      await using(open, 'prune', async log => {
        await log.append(lineOf(8))
        same(await log.last(), lineOf(8))
        await log.prune(0)
        same(await log.read(0, 10), [lineOf(7), lineOf(8)])
      })
    },
  },
  {
    name: 'the longest line there is fits, many of them too',
    async run(open) {
      const long = (sequence: number) => lineOf(sequence, 'x'.repeat(64_000))
      await using(open, 'long', async log => {
        for (let sequence = 1; sequence <= 20; sequence += 1) await log.append(long(sequence))
      })
      await using(open, 'long', async log => {
        same((await log.read(0, 100)).length, 20)
        same(await log.last(), long(20))
      })
    },
  },
]

/** A line as far as a log looks at it: the sequence stands in what is signed. */
export function lineOf(sequence: number, filling = ''): LogLine {
  const payload = btoa(JSON.stringify({ sequence, filling }))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '')
  return { sequence, line: `e30.${payload}.AAAA` }
}

async function using(open: OpenLog, name: string, work: (log: OfflineLog) => Promise<void>): Promise<void> {
  const log = await open(name)
  try {
    await work(log)
  } finally {
    await log.close()
  }
}

function same(found: unknown, wanted: unknown): void {
  const [foundText, wantedText] = [found, wanted].map(value => JSON.stringify(sorted(value)) ?? 'nothing')
  if (foundText !== wantedText) throw new Error(`found ${foundText?.slice(0, 500)}, not ${wantedText?.slice(0, 500)}`)
}

/** Fields in the order of their names: a browser's database keeps them in one of its own. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, one]) => [name, sorted(one)]),
  )
}

async function refused(code: LogFaultCode, attempt: () => Promise<unknown>): Promise<void> {
  let found: unknown
  try {
    await attempt()
  } catch (error) {
    found = (error as { code?: unknown }).code
  }
  same(found, code)
}
