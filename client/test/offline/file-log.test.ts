import { type ChildProcess, spawn } from 'node:child_process'
import { appendFile, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fileKey } from '../../src/offline/node/file-key.ts'
import { openFileLog } from '../../src/offline/node/file-log.ts'
import { lineOf, logConformance } from './log-conformance.ts'

const KILLS = 5
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tillgraph-log-'))
})

afterAll(() => rm(folder, { recursive: true, force: true }))

describe('a log in files', () => {
  for (const { name, run } of logConformance)
    test(name, async () => {
      const place = await mkdtemp(join(folder, 'case-'))
      await run(log => openFileLog(join(place, log)))
    })

  test('loses a line that was torn off in the middle, and no other, wherever it was torn', async () => {
    const place = join(folder, 'torn')
    const log = await openFileLog(place)
    for (const sequence of [1, 2, 3]) await log.append(lineOf(sequence))
    await log.close()
    const file = join(place, 'lines.log')
    const whole = await readFile(file)
    const before = whole.length - lineOf(3).line.length - 1
    for (let length = before; length < whole.length; length += 1) {
      await writeFile(file, whole)
      await truncate(file, length)
      const again = await openFileLog(place)
      expect(await again.read(0, 10)).toEqual([lineOf(1), lineOf(2)])
      await again.close()
      expect((await stat(file)).size).toBe(before)
    }
    const last = await openFileLog(place)
    await last.append(lineOf(3))
    await last.close()
    expect(await readFile(file)).toEqual(whole)
  })

  test('that is damaged in the middle is not taken for a shorter one', async () => {
    const place = join(folder, 'damaged')
    const log = await openFileLog(place)
    await log.append(lineOf(1))
    await log.close()
    await appendFile(join(place, 'lines.log'), `${lineOf(3).line}\n`)
    await expect(openFileLog(place)).rejects.toMatchObject({ code: 'LOG_DAMAGED' })
    await writeFile(join(place, 'lines.log'), 'nonsense\n')
    await expect(openFileLog(place)).rejects.toMatchObject({ code: 'LOG_DAMAGED' })
  })

  test('keeps every line that was answered for, however often its process is killed', async () => {
    const place = join(folder, 'killed')
    let answered = 0
    for (let kill = 1; kill <= KILLS; kill += 1) {
      const until = answered + 20 + kill
      answered = await appendUntilKilled(place, until)
      expect(answered).toBeGreaterThanOrEqual(until)
      const log = await openFileLog(place)
      const lines = await log.read(0, 10_000)
      expect(lines.length).toBeGreaterThanOrEqual(answered)
      expect(lines).toEqual(lines.map((_, index) => lineOf(index + 1)))
      answered = lines.length
      await log.close()
    }
  }, 60_000)

  test('of a process that is gone is free, also when another one has its number after a restart', async () => {
    const place = join(folder, 'stale')
    await (await openFileLog(place)).close()
    const gone = spawn(process.execPath, ['-e', ''])
    await new Promise(resolve => gone.once('exit', resolve))
    const bootedAtMs = Math.round(Date.now() - process.uptime() * 1000) - 7 * 86_400_000
    for (const holder of [{ pid: gone.pid, bootedAtMs: Date.now() }, { pid: process.pid, bootedAtMs }, 'torn']) {
      await writeFile(join(place, 'lock'), typeof holder === 'string' ? holder : JSON.stringify(holder))
      await (await openFileLog(place)).close()
    }
  })

  test('has its key in a file of its own, the same for as long as that is there', async () => {
    const path = join(folder, 'keys', 'register.json')
    const made = await fileKey(path)
    const again = await fileKey(path)
    expect([again.kid, again.publicKey]).toEqual([made.kid, made.publicKey])
    expect(again.privateKey.extractable).toBe(false)
    expect((await stat(path)).mode & 0o077).toBe(0)
  })
})

/** Runs a process that appends and says what it has appended; kills it once it has said so of this line. */
function appendUntilKilled(place: string, until: number): Promise<number> {
  const script = `
    import { openFileLog } from ${JSON.stringify(new URL('../../src/offline/node/file-log.ts', import.meta.url).href)}
    import { lineOf } from ${JSON.stringify(new URL('./log-conformance.ts', import.meta.url).href)}
    const log = await openFileLog(${JSON.stringify(place)})
    for (let sequence = ((await log.last())?.sequence ?? 0) + 1; ; sequence += 1) {
      await log.append(lineOf(sequence))
      process.stdout.write(sequence + '\\n')
    }`
  const hooks = new URL('../../../scripts/typescript.mjs', import.meta.url).pathname
  const child: ChildProcess = spawn(process.execPath, ['--import', hooks, '--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout?.on('data', (chunk: Buffer) => {
    said += chunk.toString()
    if (lastOf(said) >= until) child.kill('SIGKILL')
  })
  return new Promise((resolve, reject) => {
    child.once('exit', (code, signal) =>
      signal === 'SIGKILL' ? resolve(lastOf(said)) : reject(new Error(`the process ended with ${code} by itself`)),
    )
  })
}

function lastOf(said: string): number {
  const whole = said.slice(0, said.lastIndexOf('\n') + 1).trim()
  return Number(whole.slice(whole.lastIndexOf('\n') + 1)) || 0
}
