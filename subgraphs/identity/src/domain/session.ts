import { parseText } from '@tillgraph/rules/text'
import { field, refuseField } from './problems.ts'

const DAY_MS = 86_400_000

/** A sign-in ends when it is not used for this long, */
export const SESSION_IDLE_MS = 30 * DAY_MS
/** and after this long in any case. */
export const SESSION_LIFE_MS = 90 * DAY_MS
/** More than anybody has devices; beyond it the oldest sign-ins end. */
export const SESSIONS_PER_USER_MOST = 100

const DEVICE_ID = /^[A-Za-z0-9_-]{16,100}$/
const DEVICE_NAME_CHARACTERS_MOST = 100

/** A sign-in on a device, as its row is. */
export interface SignInSession {
  readonly tenantId: string
  readonly id: string
  readonly userId: string
  readonly registerId: string | null
  readonly deviceName: string
  readonly createdAt: Date
  readonly lastUsedAt: Date
  readonly expiresAt: Date
  readonly endedAt: Date | null
  /** Known without asking who asks, where somebody has just signed in by it. */
  readonly isCurrent?: boolean
}

/** Why a sign-in ended before its time; these words stand in the event, too. */
export type EndReason = 'SIGNED_OUT' | 'REVOKED' | 'REFRESH_TOKEN_REUSED' | 'USER_DEACTIVATED' | 'REGISTER_REVOKED'

/** When a token that is given out now stops being good. */
export function idleEnd(now: Date, startedAt: Date): Date {
  return new Date(Math.min(now.getTime() + SESSION_IDLE_MS, startedAt.getTime() + SESSION_LIFE_MS))
}

/** A device as it named itself. */
export interface Device {
  readonly id: string
  readonly name: string
}

export function parseDevice(name: string, given: Device): Device {
  if (!isDeviceId(given.id)) refuseField(`${name}.id`, 'A device id is 16 to 100 letters, digits, - and _.')
  return { id: given.id, name: field(`${name}.name`, () => parseText(given.name, DEVICE_NAME_CHARACTERS_MOST)) }
}

export function isDeviceId(text: string): boolean {
  return DEVICE_ID.test(text)
}
