import { SettingsError } from '@tillgraph/kit/env'
import { DEFAULT_CONTRACT_LIMITS, DEFAULT_LIMITS, type Limits } from '../operations/limits.ts'
import { DEFAULT_CONTRACT_RATE_LIMITS, DEFAULT_RATE_LIMITS, type RateLimits } from './rate-limiter.ts'

type Environment = Readonly<Record<string, string | undefined>>

const RATE = /^([1-9]\d{0,8})\/([1-9]\d{0,8})$/
const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost'])

/** Whose limits: those of the whole graph, or those of the contracts beside it. */
type Graphs = '' | 'CONTRACT_'

/** `costMax` is LIMIT_COST_MAX, and CONTRACT_LIMIT_COST_MAX for contracts. */
function variableOf(prefix: string, name: string): string {
  return `${prefix}_${name.replace(/[A-Z]/g, letter => `_${letter}`).toUpperCase()}`
}

/** The limits that the environment sets, each by a whole number of its own. */
export function readLimits(source: Environment, graphs: Graphs = ''): Partial<Limits> {
  const faults: string[] = []
  const limits: Record<string, number> = {}
  for (const name of Object.keys(DEFAULT_LIMITS)) {
    const variable = variableOf(`${graphs}LIMIT`, name)
    const text = source[variable]
    if (text === undefined || text === '') continue
    if (/^[1-9]\d{0,8}$/.test(text)) limits[name] = Number(text)
    else faults.push(`${variable}: must be a whole number from 1 to 999999999`)
  }
  if (faults.length > 0) throw new SettingsError(faults)
  return limits
}

/**
 * Undefined where nobody is counted: when RATE_LIMITS says so, and unless it says otherwise for a gateway without an
 * identity that serves its own machine only.
 */
export function readRateLimits(
  source: Environment,
  { host, hasIdentity }: { readonly host: string; readonly hasIdentity: boolean },
  graphs: Graphs = '',
): RateLimits | undefined {
  const faults: string[] = []
  const said = source.RATE_LIMITS || (hasIdentity || !LOOPBACK.has(host) ? 'on' : 'off')
  if (said !== 'on' && said !== 'off') faults.push('RATE_LIMITS: must be on or off')
  const rates = { ...(graphs === '' ? DEFAULT_RATE_LIMITS : DEFAULT_CONTRACT_RATE_LIMITS) }
  for (const name of Object.keys(rates) as (keyof RateLimits)[]) {
    const variable = variableOf(`${graphs}RATE_LIMIT`, name)
    const text = source[variable]
    if (text === undefined || text === '') continue
    const [, perSecond, burst] = RATE.exec(text) ?? []
    if (perSecond && burst) rates[name] = { perSecond: Number(perSecond), burst: Number(burst) }
    else faults.push(`${variable}: must be how much a second and how much at once, such as 600/3000`)
  }
  if (faults.length > 0) throw new SettingsError(faults)
  return said === 'on' ? rates : undefined
}

/** A line for each limit, with what it is when nothing is set. */
export function describeLimits(): string {
  const limits = Object.entries(DEFAULT_LIMITS).map(([name, value]) => `${variableOf('LIMIT', name)}=${value}`)
  const contractLimits = Object.entries(DEFAULT_CONTRACT_LIMITS)
    .filter(([name, value]) => value !== DEFAULT_LIMITS[name as keyof Limits])
    .map(([name, value]) => `${variableOf('CONTRACT_LIMIT', name)}=${value}`)
  const lines = [
    ...limits,
    ...describeRates('RATE_LIMIT', DEFAULT_RATE_LIMITS),
    ...contractLimits,
    ...describeRates('CONTRACT_RATE_LIMIT', DEFAULT_CONTRACT_RATE_LIMITS),
  ]
  return lines.map(line => `  ${line}`).join('\n')
}

function describeRates(prefix: string, rates: RateLimits): string[] {
  return Object.entries(rates).map(
    ([name, { perSecond, burst }]) => `${variableOf(prefix, name)}=${perSecond}/${burst}`,
  )
}
