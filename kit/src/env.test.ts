import { expect, it } from 'vitest'
import { z } from 'zod'
import { portSetting, readEnv, SettingsError, urlSetting } from './env.ts'

const shape = {
  PORT: portSetting.default(4000),
  DATABASE_URL: urlSetting('postgres', 'postgresql'),
  REDIS_URL: urlSetting('redis', 'rediss').optional(),
  SECRET: z.string().min(16, 'must be at least 16 characters'),
}

const good = { DATABASE_URL: 'postgresql://a@b/c', SECRET: 'x'.repeat(16) }

it('reads what it knows, once and unchangeable, with defaults where nothing is set', () => {
  const env = readEnv(shape, { ...good, PORT: '8080', REDIS_URL: '', OTHER: 'x' })
  expect(env).toEqual({ ...good, PORT: 8080 })
  expect(Object.isFrozen(env)).toBe(true)
  expect(readEnv(shape, { ...good, PORT: '' }).PORT).toBe(4000)
})

it('names every fault at once, and no value of a setting', () => {
  try {
    readEnv(shape, { PORT: '70000', DATABASE_URL: 'mysql://root:hunter2@b/c', SECRET: 'hunter2' })
    expect.unreachable()
  } catch (error) {
    expect(error).toBeInstanceOf(SettingsError)
    expect((error as SettingsError).faults).toHaveLength(3)
    expect((error as SettingsError).message).toContain('DATABASE_URL: must be an address that begins with')
    expect((error as SettingsError).message).not.toContain('hunter2')
  }
  expect(() => readEnv(shape, {})).toThrow('SECRET is missing')
})

it.each(['http', '-1', '65536', '80.5'])('takes %o for no port', PORT => {
  expect(() => readEnv(shape, { ...good, PORT })).toThrow('PORT')
})
