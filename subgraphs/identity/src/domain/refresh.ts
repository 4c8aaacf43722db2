/** What is known of a refresh token that somebody presents, and of the sign-in it belongs to. */
export interface PresentedToken {
  readonly expiresAt: Date
  readonly usedAt: Date | null
  /** Whether the token that followed it has been used in its turn. */
  readonly successorUsed: boolean
  readonly sessionEnded: boolean
  readonly userActive: boolean
  readonly sameDevice: boolean
}

export type RefreshDecision =
  /** The token is good: it is used up, and another takes its place. */
  | 'ROTATE'
  /** Its answer was lost on the way: the same successor is given again. */
  | 'REPEAT'
  /** Somebody else has it: the whole sign-in ends. */
  | 'REUSED'
  /** It is good for nothing, and nobody is suspected. */
  | 'REFUSE'

/** A client whose answer was lost asks again this soon. */
export const LOST_REPLY_MS = 10_000

export function decideRefresh(token: PresentedToken, now: Date): RefreshDecision {
  if (token.sessionEnded || !token.userActive) return 'REFUSE'
  // one device's token in the hands of another is stolen, whether it was used or not
  if (!token.sameDevice) return 'REUSED'
  if (token.usedAt === null) return token.expiresAt.getTime() <= now.getTime() ? 'REFUSE' : 'ROTATE'
  const isLostReply = now.getTime() - token.usedAt.getTime() <= LOST_REPLY_MS
  return isLostReply && !token.successorUsed ? 'REPEAT' : 'REUSED'
}
