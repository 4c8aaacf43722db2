import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { processStarted } from '../../process-lock.mjs'
import { withClient } from '../connection.ts'
import { dataFolder, launch, start, until } from './support/processes.ts'

const write = (url: string) =>
  withClient(url, client => client.query('create table kept (n int); insert into kept values (7)'))
const read = (url: string) => withClient(url, async client => (await client.query('select n from kept')).rows)

test('a database is made, stopped with Ctrl-C, and holds its data at the next start on the same port', async () => {
  const folder = dataFolder()
  const first = await launch(folder)
  await write(first.url)
  expect(await first.end('SIGINT')).toBe(0)
  expect(processStarted(first.pid)).toBeUndefined()

  const second = await launch(folder)
  expect(second).toMatchObject({ adopted: false, port: first.port })
  expect(await read(second.url)).toEqual([{ n: 7 }])
})

test('after kill -9 of the launcher, the next start adopts the server, and Ctrl-C stops it', async () => {
  const folder = dataFolder()
  const first = await launch(folder)
  await write(first.url)
  await first.end('SIGKILL')
  expect(processStarted(first.pid)).toBeDefined()

  const second = await launch(folder)
  expect(second).toMatchObject({ adopted: true, pid: first.pid })
  expect(await read(second.url)).toEqual([{ n: 7 }])
  expect(await second.end('SIGINT')).toBe(0)
  expect(processStarted(first.pid)).toBeUndefined()
})

test('after kill -9 of launcher and server, the next start recovers what was committed', async () => {
  const folder = dataFolder()
  const first = await launch(folder)
  await write(first.url)
  await first.end('SIGKILL')
  process.kill(first.pid, 'SIGKILL')

  const second = await launch(folder)
  expect(second.adopted).toBe(false)
  expect(await read(second.url)).toEqual([{ n: 7 }])
})

test('a server that is killed under a living launcher is started again, with its data', async () => {
  const folder = dataFolder()
  const launcher = await launch(folder)
  await write(launcher.url)
  process.kill(launcher.pid, 'SIGKILL')
  await until(() => launcher.lines.includes('The database runs again.'))
  expect(await read(launcher.url)).toEqual([{ n: 7 }])
  expect(await launcher.end('SIGINT')).toBe(0)
  await expect(read(launcher.url)).rejects.toThrow('No PostgreSQL server answers')
})

test('a second start beside a living one uses its server and leaves it running', async () => {
  const folder = dataFolder()
  const first = await launch(folder)
  const guest = await start(folder)
  expect(guest).toMatchObject({ adopted: true, pid: first.pid })
  await guest.stop()
  expect(processStarted(first.pid)).toBeDefined()
})

test('two first starts at once make one database', async () => {
  const folder = dataFolder()
  const [one, other] = await Promise.all([launch(folder), launch(folder)])
  expect(one?.pid).toBe(other?.pid)
})

test('a stale postmaster.pid that names a living process of another program does not hinder', async () => {
  const folder = dataFolder()
  const first = await start(folder)
  await first.stop()
  const file = join(first.clusterFolder, 'postmaster.pid')
  writeFileSync(file, `${process.pid}\n${first.clusterFolder}\n1\n${first.port}\n\n127.0.0.1\n  1 1\nready\n`)
  const second = await start(folder)
  expect(second.adopted).toBe(false)
  await second.stop()
})

test('when the port it had is taken, it takes another', async () => {
  const folder = dataFolder()
  const first = await start(folder)
  await first.stop()
  const squatter = createServer().listen(first.port, '127.0.0.1')
  const second = await start(folder)
  expect(second.port).not.toBe(first.port)
  await withClient(second.url, client => client.query('select 1'))
  await second.stop()
  squatter.close()
})

test('the server listens on this machine only, asks for a password, and keeps its secrets to the user', async () => {
  const folder = dataFolder()
  const database = await start(folder, true)
  const settings = await withClient(database.url, async client => {
    const { rows } = await client.query(`select name, setting from pg_settings
      where name in ('listen_addresses', 'unix_socket_directories', 'fsync', 'synchronous_commit') order by 1`)
    const { rows: ways } = await client.query('select distinct auth_method from pg_hba_file_rules')
    return { settings: rows.map(row => row.setting), ways: ways.map(row => row.auth_method) }
  })
  expect(settings).toEqual({ settings: ['on', '127.0.0.1', 'on', ''], ways: ['scram-sha-256'] })
  const wrong = new URL(database.url)
  wrong.password = 'wrong'
  await expect(withClient(wrong.href, client => client.query('select 1'))).rejects.toThrow('refuses the sign-in')
  expect(statSync(join(folder, 'secrets.json')).mode & 0o777).toBe(0o600)
  await database.stop()
})

test('an unfinished first creation is begun anew', async () => {
  const folder = dataFolder()
  mkdirSync(join(folder, 'postgres.unfinished'), { recursive: true, mode: 0o711 })
  writeFileSync(join(folder, 'postgres.unfinished/PG_VERSION'), '18')
  const database = await start(folder)
  await withClient(database.url, client => client.query('select 1'))
  await database.stop()
})

test('data of another PostgreSQL version is refused in one sentence', async () => {
  const folder = dataFolder()
  const database = await start(folder)
  await database.stop()
  writeFileSync(join(database.clusterFolder, 'PG_VERSION'), '17\n')
  await expect(start(folder)).rejects.toThrow('was made by PostgreSQL 17')
})

test('lost secrets are told as one sentence, and nothing is overwritten', async () => {
  const folder = dataFolder()
  const database = await start(folder)
  const secrets = readFileSync(join(folder, 'secrets.json'))
  await database.stop()
  rmSync(join(folder, 'secrets.json'))
  await expect(start(folder)).rejects.toThrow('refuses the password in secrets.json')
  writeFileSync(join(folder, 'secrets.json'), secrets)
  const again = await start(folder)
  await again.stop()
})

test.runIf(process.platform === 'linux')('a data folder that cannot be made is told as one sentence', async () => {
  await expect(start('/proc/tillgraph/data')).rejects.toThrow(/set DATA_DIR to another folder/)
})

test('a data folder that is a file is told as one sentence', async () => {
  const folder = dataFolder()
  writeFileSync(folder, '')
  await expect(start(folder)).rejects.toThrow(/is not a folder: set DATA_DIR/)
})
