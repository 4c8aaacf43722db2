import { sha256 } from '../access/hash.ts'
import { makeRefreshToken } from '../access/refresh-token.ts'
import type { Context } from '../context.ts'
import { type Device, idleEnd, SESSIONS_PER_USER_MOST } from '../domain/session.ts'
import type { Tokens } from '../outcomes.ts'
import type { Work } from '../services.ts'
import { addRefreshToken, startSession as insertSession, sessionsBeyond } from '../store/session.ts'
import { readGrants } from '../store/user.ts'
import { endSessions } from './end-sessions.ts'
import { record } from './record.ts'

export interface SessionStart {
  readonly userId: string
  readonly device: Device
  readonly registerId: string | null
}

/** Begins a sign-in on a device and gives its first tokens. */
export async function startSession(
  context: Context,
  work: Work,
  { userId, device, registerId }: SessionStart,
): Promise<{ readonly sessionId: string; readonly tokens: Tokens }> {
  const now = context.clock.now()
  const sessionId = context.makeId()
  const expiresAt = idleEnd(now, now)
  const deviceHash = sha256(device.id)
  await insertSession(work, { id: sessionId, userId, registerId, deviceName: device.name, deviceHash, now, expiresAt })
  const refreshToken = makeRefreshToken(work.tenantId, context.random)
  await addRefreshToken(work, { hash: sha256(refreshToken), sessionId, now, expiresAt })
  const beyond = await sessionsBeyond(work, userId, now, SESSIONS_PER_USER_MOST)
  if (beyond.length > 0) await endSessions(context, work, { ids: beyond }, 'REVOKED')
  await record(
    context,
    work,
    {
      action: 'session.started',
      subject: 'SESSION',
      subjectId: sessionId,
      after: { userId, device: device.name, registerId },
    },
    { kind: 'USER', id: userId },
  )
  const tokens = await issueTokens(context, work, { userId, sessionId, registerId, refreshToken, expiresAt })
  return { sessionId, tokens }
}

/** An access token with what the person may do now, beside the refresh token that is already there. */
export async function issueTokens(
  context: Pick<Context, 'accessTokens'>,
  work: Work,
  given: {
    readonly userId: string
    readonly sessionId: string
    readonly registerId: string | null
    readonly refreshToken: string
    readonly expiresAt: Date
  },
): Promise<Tokens> {
  const { userId, sessionId, registerId, refreshToken, expiresAt } = given
  const grants = await readGrants(work, userId)
  const access = await context.accessTokens.forPerson({
    tenantId: work.tenantId,
    userId,
    sessionId,
    registerId,
    grants,
  })
  return {
    accessToken: access.token,
    accessTokenExpiresAt: access.expiresAt,
    refreshToken,
    refreshTokenExpiresAt: expiresAt,
  }
}
