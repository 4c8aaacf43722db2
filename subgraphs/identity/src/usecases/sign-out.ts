import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { isUuid } from '@tillgraph/rules/uuid'
import type { Context } from '../context.ts'
import { notFound } from '../domain/problems.ts'
import type { WhichSessions } from '../store/session.ts'
import { endSessions } from './end-sessions.ts'
import { record } from './record.ts'

/** Ends the sign-in that asks. */
export async function signOut(context: Context) {
  const { sessionId } = requireCaller(context)
  const ended = sessionId === undefined ? [] : await end(context, { ids: [sessionId] })
  return { endedSessions: ended.length }
}

/** Ends every sign-in of whoever asks. */
export async function signOutEverywhere(context: Context) {
  const ended = await end(context, { userId: requireCaller(context).subject })
  return { endedSessions: ended.length }
}

/** Ends one sign-in of whoever asks; that of another is as if it did not exist. */
export async function endSession(context: Context, id: string) {
  const { tenantId, subject: userId } = requireCaller(context)
  const ended = isUuid(id) ? await end(context, { ids: [id], userId }) : []
  if (ended.length === 0) return notFound()
  return { __typename: 'EndSessionSuccess' as const, tenantId, sessionId: id }
}

function end(context: Context, which: WhichSessions) {
  return context.database.write(requireCaller(context).tenantId, async work => {
    const ended = await endSessions(context, work, which, 'SIGNED_OUT')
    for (const { id, userId } of ended)
      await record(context, work, { action: 'session.ended', subject: 'SESSION', subjectId: id, after: { userId } })
    return ended
  })
}
