import { expect, test } from 'vitest'
import { DEFAULT_LIMITS } from '../operations/limits.ts'
import { describeLimits, readLimits, readRateLimits } from './limit-settings.ts'
import { DEFAULT_CONTRACT_RATE_LIMITS, DEFAULT_RATE_LIMITS } from './rate-limiter.ts'

const here = { host: '127.0.0.1', hasIdentity: false }

test('every limit can be set by the environment, and help names it with its default', () => {
  expect(readLimits({ LIMIT_SOCKETS_PER_CALLER: '7', LIMIT_COST_MAX: '500', LIMIT_DEPTH: '' })).toEqual({
    socketsPerCaller: 7,
    costMax: 500,
  })
  const help = describeLimits()
  for (const name of Object.keys(DEFAULT_LIMITS))
    expect(help).toContain(`  LIMIT_${name.replace(/[A-Z]/g, '_$&').toUpperCase()}=`)
  expect(help).toContain('  CONTRACT_LIMIT_COST_MAX=2000\n')
  expect(help).not.toContain('CONTRACT_LIMIT_TOKENS')
  expect(help).toContain('  CONTRACT_RATE_LIMIT_CALLER=100/1000\n')
  expect(readLimits({ LIMIT_COST_MAX: '5', CONTRACT_LIMIT_COST_MAX: '3' }, 'CONTRACT_')).toEqual({ costMax: 3 })
  expect(help).toContain('LIMIT_SOCKETS_PER_CALLER=500\n')
  expect(help).toContain('RATE_LIMIT_CALLER=600/3000')
})

test('what is no limit is refused, all of it at once', () => {
  expect(() => readLimits({ LIMIT_DEPTH: 'none', LIMIT_TOKENS: '0' })).toThrow(/LIMIT_TOKENS[\s\S]*LIMIT_DEPTH/)
  expect(() => readRateLimits({ RATE_LIMITS: 'maybe', RATE_LIMIT_TENANT: '5' }, here)).toThrow(
    /RATE_LIMITS[\s\S]*RATE_LIMIT_TENANT/,
  )
})

test('callers are counted, but for a gateway without an identity on its own machine', () => {
  expect(readRateLimits({}, here)).toBeUndefined()
  expect(readRateLimits({}, { ...here, hasIdentity: true })).toEqual(DEFAULT_RATE_LIMITS)
  expect(readRateLimits({}, { ...here, host: '0.0.0.0' })).toEqual(DEFAULT_RATE_LIMITS)
  expect(readRateLimits({ RATE_LIMITS: 'on' }, here)).toEqual(DEFAULT_RATE_LIMITS)
  expect(readRateLimits({ RATE_LIMITS: 'on' }, here, 'CONTRACT_')).toEqual(DEFAULT_CONTRACT_RATE_LIMITS)
  expect(readRateLimits({ RATE_LIMITS: 'off' }, { host: '0.0.0.0', hasIdentity: true })).toBeUndefined()
  const set = readRateLimits({ RATE_LIMITS: 'on', RATE_LIMIT_ANONYMOUS: '1/2' }, here)
  expect(set?.anonymous).toEqual({ perSecond: 1, burst: 2 })
})
