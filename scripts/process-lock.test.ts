import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { lockProcess, processStarted } from './process-lock.mjs'

const module = fileURLToPath(new URL('process-lock.mjs', import.meta.url))
let file: string

beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), 'tillgraph-lock-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  file = join(folder, 'lock')
})

test('one holds the lock, the next waits for it and is told who holds it', async () => {
  const release = await lockProcess(file)
  const holders: number[] = []
  let second = false
  const waiting = lockProcess(file, { waiting: pid => holders.push(pid) }).then(give => {
    second = true
    return give
  })
  await new Promise(resolve => setTimeout(resolve, 250))
  expect({ second, holders }).toEqual({ second: false, holders: [process.pid] })
  release()
  const releaseSecond = await waiting
  releaseSecond()
  expect(existsSync(file)).toBe(false)
})

test('waiting ends after the time that was given', async () => {
  const release = await lockProcess(file)
  await expect(lockProcess(file, { waitMilliseconds: 150 })).rejects.toThrow(`Process ${process.pid} has held`)
  release()
})

test('the lock of a process that was killed is taken over', async () => {
  const script = `const { lockProcess } = await import(${JSON.stringify(module)})
    await lockProcess(${JSON.stringify(file)}); console.log('held'); setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
  expect(existsSync(file)).toBe(true)
  const release = await lockProcess(file, { waitMilliseconds: 1_000 })
  release()
})

test('the lock of a dead process whose number another process has now is taken over', async () => {
  writeFileSync(file, JSON.stringify({ pid: process.pid, started: 'long ago' }))
  const release = await lockProcess(file, { waitMilliseconds: 1_000 })
  release()
})

test('a lock whose holder died before it wrote its name is taken over, a fresh one is not', async () => {
  writeFileSync(file, '')
  await expect(lockProcess(file, { waitMilliseconds: 150 })).rejects.toThrow('has held')
  const old = new Date(Date.now() - 60_000)
  utimesSync(file, old, old)
  const release = await lockProcess(file, { waitMilliseconds: 1_000 })
  release()
})

test('of many who find a dead lock at once, one at a time holds it', async () => {
  writeFileSync(file, JSON.stringify({ pid: 1 << 30, started: 'never' }))
  const counter = `${file}.count`
  writeFileSync(counter, '0')
  const script = `const { lockProcess } = await import(${JSON.stringify(module)})
    const { readFileSync, writeFileSync } = await import('node:fs')
    const { setTimeout: sleep } = await import('node:timers/promises')
    const release = await lockProcess(${JSON.stringify(file)})
    const n = Number(readFileSync(${JSON.stringify(counter)}))
    await sleep(20)
    writeFileSync(${JSON.stringify(counter)}, String(n + 1))
    release()`
  const children = Array.from({ length: 6 }, () =>
    spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'inherit' }),
  )
  await Promise.all(children.map(child => once(child, 'exit')))
  expect(readFileSync(counter, 'utf8')).toBe('6')
})

test('a process that has ended has no start', () => {
  const { pid } = spawnSync(process.execPath, ['-e', ''])
  expect(processStarted(pid)).toBeUndefined()
  expect(processStarted(process.pid)).toBeDefined()
})
