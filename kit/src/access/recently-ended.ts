import { z } from 'zod'

/** Where identity tells which sign-ins have ended lately, inside the network only. */
export const ENDED_SESSIONS_PATH = '/.well-known/ended-sessions'

const ASK_TIMEOUT_MS = 5_000

const answer = z.object({ sessions: z.array(z.string()) })

/** The ids that identity's answer holds. Throws for anything that is not such an answer. */
export function readEndedSessions(body: string): readonly string[] {
  return answer.parse(JSON.parse(body)).sessions
}

/** Asks identity, which is reached at the same place as its keys; for those of so many seconds, or for all that matter. */
export async function askEndedSessions(jwksUrl: string, seconds?: number): Promise<readonly string[]> {
  const url = new URL(ENDED_SESSIONS_PATH, jwksUrl)
  if (seconds !== undefined) url.searchParams.set('seconds', String(seconds))
  const response = await fetch(url, { signal: AbortSignal.timeout(ASK_TIMEOUT_MS) })
  if (!response.ok) throw new Error(`identity answered ${response.status} when asked which sign-ins have ended`)
  return readEndedSessions(await response.text())
}
