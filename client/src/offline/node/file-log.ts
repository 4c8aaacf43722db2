import { mkdir, open, readdir, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { type KeptVerdict, LogFault, type LogLine, NOTE_NAME, type OfflineLog } from '../log.ts'
import { readLine } from '../read-line.ts'
import { type AppendedFile, openAppended } from './appended-file.ts'
import { lockFolder } from './folder-lock.ts'

const LINES = 'lines.log'
const VERDICTS = 'verdicts.log'

/**
 * Opens the log in a folder, made when it is not there. One process has it at a time; to another it throws LOG_IN_USE.
 * Lines are appended and flushed to the disk; one that a crash tore off in the middle was never answered for, and goes.
 */
export async function openFileLog(folder: string): Promise<OfflineLog> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const letGo = await lockFolder(folder)
  const files: AppendedFile[] = []
  try {
    for (const name of [LINES, VERDICTS]) files.push(await openAppended(join(folder, name)))
    const [lines, verdicts] = files as [AppendedFile, AppendedFile]
    return logOf(folder, lines, verdicts, letGo)
  } catch (error) {
    for (const file of files) await file.close()
    await letGo()
    throw error
  }
}

function logOf(
  folder: string,
  linesFile: AppendedFile,
  verdictsFile: AppendedFile,
  letGo: () => Promise<void>,
): OfflineLog {
  let lines = inOrder(linesFile.texts)
  let verdicts = new Map(verdictsFile.texts.map(readVerdict).map(verdict => [verdict.sequence, verdict]))
  let isOpen = true
  // one write after the other: whoever checks the last line is the one who writes behind it
  let turn: Promise<unknown> = Promise.resolve()

  function inTurn<Value>(work: () => Promise<Value>): Promise<Value> {
    if (!isOpen) return Promise.reject(new LogFault('LOG_CLOSED'))
    const result = turn.then(work)
    turn = result.catch(() => undefined)
    return result
  }

  function checkOpen(): void {
    if (!isOpen) throw new LogFault('LOG_CLOSED')
  }

  return {
    async last() {
      checkOpen()
      return lines.at(-1)
    },
    async read(after, most) {
      checkOpen()
      const first = lines[0]?.sequence ?? 1
      const from = Math.max(0, after + 1 - first)
      return lines.slice(from, from + most)
    },
    append: ({ sequence, line }) =>
      inTurn(async () => {
        if (sequence !== (lines.at(-1)?.sequence ?? 0) + 1) throw new LogFault('LOG_FORK', String(sequence))
        await linesFile.append([line])
        lines.push({ sequence, line })
      }),
    async verdicts(after, most) {
      checkOpen()
      const behind = [...verdicts.values()].filter(({ sequence }) => sequence > after)
      return behind.sort((a, b) => a.sequence - b.sequence).slice(0, most)
    },
    keepVerdicts: kept =>
      inTurn(async () => {
        await verdictsFile.append(kept.map(verdict => JSON.stringify(verdict)))
        for (const verdict of kept) verdicts.set(verdict.sequence, verdict)
      }),
    async note(name) {
      checkOpen()
      return readNote(folder, name)
    },
    keepNote: (name, value) => inTurn(() => writeWhole(folder, noteFile(name), JSON.stringify(value))),
    prune: upTo =>
      inTurn(async () => {
        const least = Math.min(upTo, (lines.at(-1)?.sequence ?? 0) - 1)
        const keptVerdicts = [...verdicts.values()].filter(({ sequence }) => sequence > least)
        await verdictsFile.replace(keptVerdicts.map(verdict => JSON.stringify(verdict)))
        verdicts = new Map(keptVerdicts.map(verdict => [verdict.sequence, verdict]))
        const kept = lines.filter(({ sequence }) => sequence > least)
        await linesFile.replace(kept.map(({ line }) => line))
        lines = kept
      }),
    async close() {
      if (!isOpen) return
      isOpen = false
      await turn
      await linesFile.close()
      await verdictsFile.close()
      await letGo()
    },
  }
}

function inOrder(texts: readonly string[]): LogLine[] {
  const lines = texts.map(line => ({ sequence: readLine(line).sequence, line }))
  const first = lines[0]?.sequence ?? 1
  lines.forEach(({ sequence }, index) => {
    if (sequence !== first + index) throw new LogFault('LOG_DAMAGED', `line ${index + 1}`)
  })
  return lines
}

function readVerdict(text: string): KeptVerdict {
  try {
    return JSON.parse(text) as KeptVerdict
  } catch (cause) {
    throw new LogFault('LOG_DAMAGED', VERDICTS, { cause })
  }
}

async function readNote(folder: string, name: string): Promise<unknown> {
  if (!(await readdir(folder)).includes(noteFile(name))) return undefined
  return JSON.parse(await readFile(join(folder, noteFile(name)), 'utf8'))
}

function noteFile(name: string): string {
  if (!NOTE_NAME.test(name)) throw new TypeError(`${name} is no name of a note`)
  return `${name}.json`
}

/** The file is the old one or the new one, whenever the power goes. */
async function writeWhole(folder: string, name: string, text: string): Promise<void> {
  const draft = join(folder, `${name}.new`)
  const file = await open(draft, 'w', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(draft, join(folder, name))
}
