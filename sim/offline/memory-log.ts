import { type KeptVerdict, LogFault, type LogLine, type OfflineLog } from '@tillgraph/client/offline/log'

/** The disk of a device that is simulated: what was written stays when the device dies. */
export interface SimulatedDisk {
  open(name: string): Promise<OfflineLog>
  /** Every till of the device dies: its logs are free again. */
  die(): void
}

/** Where a device may die: around the write of a line. */
export interface DiskHooks {
  readonly beforeWrite?: () => void
  readonly afterWrite?: () => void
}

interface Content {
  lines: LogLine[]
  verdicts: Map<number, KeptVerdict>
  readonly notes: Map<string, string>
}

export function createSimulatedDisk({ beforeWrite, afterWrite }: DiskHooks = {}): SimulatedDisk {
  const contents = new Map<string, Content>()
  let holders = new Map<string, object>()

  return {
    die() {
      holders = new Map()
    },
    async open(name) {
      if (holders.has(name)) throw new LogFault('LOG_IN_USE', name)
      const holder = {}
      holders.set(name, holder)
      const content = contents.get(name) ?? { lines: [], verdicts: new Map(), notes: new Map() }
      contents.set(name, content)
      const check = () => {
        if (holders.get(name) !== holder) throw new LogFault('LOG_CLOSED')
      }
      return logOn(content, check, { beforeWrite, afterWrite }, () => holders.delete(name))
    },
  }
}

function logOn(
  content: Content,
  check: () => void,
  { beforeWrite, afterWrite }: { beforeWrite: (() => void) | undefined; afterWrite: (() => void) | undefined },
  letGo: () => void,
): OfflineLog {
  return {
    async last() {
      check()
      return content.lines.at(-1)
    },
    async read(after, most) {
      check()
      // a log has no gaps
      const from = Math.max(0, after + 1 - (content.lines[0]?.sequence ?? 1))
      return content.lines.slice(from, from + most)
    },
    async append(line) {
      check()
      if (line.sequence !== (content.lines.at(-1)?.sequence ?? 0) + 1) throw new LogFault('LOG_FORK')
      beforeWrite?.()
      content.lines.push(line)
      afterWrite?.()
    },
    async verdicts(after, most) {
      check()
      const behind = [...content.verdicts.values()].filter(({ sequence }) => sequence > after)
      return behind.sort((a, b) => a.sequence - b.sequence).slice(0, most)
    },
    async keepVerdicts(verdicts) {
      check()
      for (const verdict of verdicts) content.verdicts.set(verdict.sequence, verdict)
    },
    async note(name) {
      check()
      const text = content.notes.get(name)
      return text === undefined ? undefined : JSON.parse(text)
    },
    async keepNote(name, value) {
      check()
      content.notes.set(name, JSON.stringify(value))
    },
    async prune(upTo) {
      check()
      const least = Math.min(upTo, (content.lines.at(-1)?.sequence ?? 0) - 1)
      content.lines = content.lines.filter(({ sequence }) => sequence > least)
      content.verdicts = new Map([...content.verdicts].filter(([sequence]) => sequence > least))
    },
    async close() {
      try {
        check()
      } catch {
        return
      }
      letGo()
    },
  }
}
