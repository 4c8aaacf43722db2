import { z } from 'zod'

/** Everything that is wrong with the settings, told at once. */
export class SettingsError extends Error {
  readonly faults: readonly string[]

  constructor(faults: readonly string[]) {
    super(`These settings must be put right before it can start:\n${faults.map(fault => `  - ${fault}`).join('\n')}`)
    this.name = 'SettingsError'
    this.faults = faults
  }
}

/**
 * Reads settings once, against a shape, into one read-only object. An empty variable counts as absent, because
 * that is what an unset value in a compose file arrives as. Throws a SettingsError that names every fault.
 */
export function readEnv<Shape extends z.ZodRawShape>(
  shape: Shape,
  source: Readonly<Record<string, string | undefined>> = process.env,
): Readonly<z.infer<z.ZodObject<Shape>>> {
  const given = Object.fromEntries(
    Object.keys(shape)
      .map(name => [name, source[name]] as const)
      .filter(([, value]) => value !== undefined && value !== ''),
  )
  const result = z.object(shape).safeParse(given)
  if (result.success) return Object.freeze(result.data)
  throw new SettingsError(
    result.error.issues.map(issue => {
      const name = String(issue.path[0])
      return given[name] === undefined ? `${name} is missing` : `${name}: ${issue.message}`
    }),
  )
}

const NOT_A_PORT = 'must be a port, a whole number from 0 to 65535'
/** A TCP port as it stands in an environment variable. */
export const portSetting = z.coerce.number(NOT_A_PORT).int(NOT_A_PORT).min(0, NOT_A_PORT).max(65_535, NOT_A_PORT)

const NOT_A_COUNT = 'must be a whole number from 1 to 100000'
/** How many of something there may be. */
export const countSetting = z.coerce.number(NOT_A_COUNT).int(NOT_A_COUNT).min(1, NOT_A_COUNT).max(100_000, NOT_A_COUNT)

/** Several things with commas between, as they stand in one environment variable. */
export const listSetting = z.string().transform(text =>
  text
    .split(',')
    .map(part => part.trim())
    .filter(part => part !== ''),
)

/** An http(s) or postgresql/redis address as it stands in an environment variable. */
export function urlSetting(...protocols: readonly string[]) {
  return z
    .string()
    .refine(
      text => URL.canParse(text) && protocols.includes(new URL(text).protocol.slice(0, -1)),
      `must be an address that begins with ${protocols.map(protocol => `${protocol}://`).join(' or ')}`,
    )
}
