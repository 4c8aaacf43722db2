import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { isUuid } from '@tillgraph/rules/uuid'
import type { Context } from '../context.ts'
import { mayAdminister } from '../domain/granting.ts'
import { notAllowed, notFound, type ProblemOf } from '../domain/problems.ts'
import type { Grant, User } from '../domain/user.ts'
import type { Work } from '../services.ts'
import { lockTenant } from '../store/tenant.ts'
import { heldBy, lockUser, readGrants } from '../store/user.ts'
import { worksWhere } from './visible-users.ts'

/** A person whom the caller may change, and what both of them hold. */
export interface Administered {
  readonly user: User
  readonly grants: readonly Grant[]
  /** What the caller holds at this moment, which may be less than their token says. */
  readonly held: readonly Grant[]
}

export const outranked = () =>
  notAllowed('This person holds a role that you cannot give: somebody above you must do it.')

/**
 * Locks a person for a change, one change of people in a business after the other, so that two who each take a role
 * from the other see what was done first. A person whom the caller may not see is as if they did not exist.
 */
export async function administerUser(
  context: Context,
  work: Work,
  userId: string,
): Promise<Administered | ProblemOf<'NotFound'> | ProblemOf<'NotAllowed'>> {
  const caller = requireCaller(context)
  await lockTenant(work)
  const user = isUuid(userId) ? await lockUser(work, userId) : undefined
  if (!user) return notFound()
  const grants = await readGrants(work, user.id)
  if (!worksWhere(grants, caller.storesWhere('identity.user.read')) && user.id !== caller.subject) return notFound()
  const held = await heldBy(work, caller.subject)
  return mayAdminister(held, grants) ? { user, grants, held } : outranked()
}

export function isAdministered(found: object): found is Administered {
  return 'held' in found
}
