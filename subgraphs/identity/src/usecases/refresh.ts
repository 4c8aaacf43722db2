import type { RefreshInput } from '../../generated/graphql.ts'
import { sha256 } from '../access/hash.ts'
import {
  makeRefreshToken,
  openSuccessor,
  type ReadRefreshToken,
  readRefreshToken,
  sealSuccessor,
} from '../access/refresh-token.ts'
import type { Context } from '../context.ts'
import { signInAgain, tooManyAttempts } from '../domain/problems.ts'
import { decideRefresh } from '../domain/refresh.ts'
import { idleEnd } from '../domain/session.ts'
import { byRefusals } from '../domain/throttle.ts'
import type { Tokens } from '../outcomes.ts'
import type { Work } from '../services.ts'
import {
  addRefreshToken,
  isRefreshTokenUsed,
  type LockedToken,
  lockRefreshToken,
  spendRefreshToken,
  touchSession,
} from '../store/session.ts'
import { admitAttempt } from '../store/throttle.ts'
import { endSessions } from './end-sessions.ts'
import { anonymous, record } from './record.ts'
import { issueTokens } from './start-session.ts'

/** New tokens for a refresh token. Of any number that present one at once, all get the same one successor. */
export async function refresh(context: Context, input: RefreshInput) {
  const presented = readRefreshToken(input.refreshToken)
  const tokens = presented && (await exchange(context, input, presented))
  if (tokens) return { __typename: 'RefreshSuccess' as const, tokens }
  const address = context.clientAddress
  if (address === undefined) return signInAgain()
  const wait = await admitAttempt(context.database, { rule: byRefusals, key: address }, context.clock.now())
  return wait > 0 ? tooManyAttempts(wait) : signInAgain()
}

function exchange(context: Context, input: RefreshInput, presented: ReadRefreshToken): Promise<Tokens | undefined> {
  const deviceHash = sha256(input.deviceId)
  return context.database.write(presented.tenantId, async work => {
    const token = await lockRefreshToken(work, presented.hash)
    if (!token) return undefined
    const now = context.clock.now()
    const successor = token.successor && openSuccessor(input.refreshToken, token.successor)
    const decision = decideRefresh(
      {
        expiresAt: token.tokenExpiresAt,
        usedAt: token.usedAt,
        successorUsed: successor !== null && (await isRefreshTokenUsed(work, sha256(successor))),
        sessionEnded: token.endedAt !== null,
        userActive: token.userActive,
        sameDevice: token.deviceHash.equals(deviceHash),
      },
      now,
    )
    switch (decision) {
      case 'ROTATE':
        return rotate(context, work, token, input.refreshToken)
      case 'REPEAT':
        return successor === null ? undefined : give(context, work, token, successor, token.usedAt ?? now)
      case 'REUSED':
        await endStolen(context, work, token)
        return undefined
      case 'REFUSE':
        return undefined
    }
  })
}

async function rotate(context: Context, work: Work, token: LockedToken, used: string): Promise<Tokens> {
  const now = context.clock.now()
  const successor = makeRefreshToken(work.tenantId, context.random)
  const expiresAt = idleEnd(now, token.createdAt)
  await spendRefreshToken(work, token.tokenHash, now, sealSuccessor(used, successor, context.random))
  await addRefreshToken(work, { hash: sha256(successor), sessionId: token.id, now, expiresAt })
  await touchSession(work, token.id, now, expiresAt)
  return give(context, work, token, successor, now)
}

function give(context: Context, work: Work, token: LockedToken, refreshToken: string, issuedAt: Date): Promise<Tokens> {
  const { id: sessionId, userId, registerId, createdAt } = token
  return issueTokens(context, work, {
    userId,
    sessionId,
    registerId,
    refreshToken,
    expiresAt: idleEnd(issuedAt, createdAt),
  })
}

/** Somebody else has the token: whoever is right signs in again, and the other is out. */
async function endStolen(context: Context, work: Work, token: LockedToken): Promise<void> {
  await endSessions(context, work, { ids: [token.id] }, 'REFRESH_TOKEN_REUSED')
  await record(
    context,
    work,
    {
      action: 'session.token_reused',
      subject: 'SESSION',
      subjectId: token.id,
      after: { userId: token.userId, device: token.deviceName },
    },
    anonymous,
  )
  context.log.warn({ sessionId: token.id, requestId: context.requestId }, 'a refresh token was used twice')
}
