import { requireCaller } from '@tillgraph/kit/subgraph/request'
import { parseName } from '@tillgraph/rules/names'
import { isUuid } from '@tillgraph/rules/uuid'
import type { CreateUserInput } from '../../generated/graphql.ts'
import type { Context } from '../context.ts'
import { parseEmail } from '../domain/contact.ts'
import { fold } from '../domain/fold.ts'
import { distinctGrants, isPossible, mayGrant } from '../domain/granting.ts'
import { checkPassword } from '../domain/password.ts'
import {
  alreadyUsedDifferently,
  emailTaken,
  field,
  isInvalid,
  notAllowed,
  notFound,
  optionalField,
  readInput,
  refuseField,
  userNameTaken,
} from '../domain/problems.ts'
import { type Grant, parseUserName } from '../domain/user.ts'
import { isStore } from '../store/store.ts'
import { lockTenant } from '../store/tenant.ts'
import { heldBy } from '../store/user.ts'
import { type Asked, change } from './change.ts'
import { readId } from './read-id.ts'
import { record } from './record.ts'

const ROLES_MOST = 50

/** A new person with roles that the caller may give. */
export async function createUser(context: Context, input: CreateUserInput, info: Asked['info']) {
  const given = read(input)
  if (isInvalid(given)) return given
  const { userName, email, displayName, grants } = given
  const passwordHash = await context.passwords.hash(input.password)
  return change(
    context,
    { info, named: input.id, content: { userName, email, displayName, grants } },
    async work => {
      await lockTenant(work)
      const held = await heldBy(work, requireCaller(context).subject)
      for (const { storeId } of grants)
        if (storeId !== null && (!isUuid(storeId) || !(await isStore(work, storeId)))) return notFound()
      if (!grants.every(grant => mayGrant(held, grant)))
        return notAllowed('You can only give roles that stand below your own, where you hold yours.')
      const { tenantId, prisma } = work
      const id = input.id ?? context.makeId()
      const now = context.clock.now()
      await prisma.userAccount.create({
        data: {
          tenantId,
          id,
          userName: userName.text,
          userNameKey: userName.key,
          email: email?.text ?? null,
          emailKey: email?.key ?? null,
          displayName,
          nameKey: fold(displayName),
          passwordHash,
          createdAt: now,
        },
      })
      const rows = grants.map(grant => ({ tenantId, id: context.makeId(), userId: id, ...grant, grantedAt: now }))
      await prisma.roleGrant.createMany({ data: rows })
      const after = { userName: userName.text, email: email?.text ?? null, displayName, roles: grants }
      await record(context, work, {
        action: 'user.created',
        subject: 'USER',
        subjectId: id,
        storeId: onlyStore(grants),
        after,
      })
      return { __typename: 'CreateUserSuccess' as const, tenantId, userId: id }
    },
    {
      user_account_user_name_taken: userNameTaken,
      user_account_email_taken: emailTaken,
      user_account_pkey: alreadyUsedDifferently,
    },
  )
}

function read(input: CreateUserInput) {
  return readInput(() => {
    readId('id', input.id)
    const userName = field('userName', () => parseUserName(input.userName))
    const email = optionalField('email', input.email, parseEmail)
    checkPassword('password', input.password, { userName: userName.text, email: email?.text })
    if (input.roles.length === 0 || input.roles.length > ROLES_MOST)
      refuseField('roles', `A person has 1 to ${ROLES_MOST} roles to begin with.`)
    const grants = distinctGrants(input.roles.map(({ role, storeId }) => ({ role, storeId: storeId ?? null })))
    if (!grants.every(isPossible)) refuseField('roles', "An owner's role holds in the whole business: name no store.")
    return { userName, email, displayName: field('displayName', () => parseName(input.displayName)), grants }
  })
}

/** The store that a person belongs to, when it is one, so that its manager finds them in the audit trail. */
export function onlyStore(grants: readonly Grant[]): string | null {
  const stores = new Set(grants.map(({ storeId }) => storeId))
  return stores.size === 1 ? (grants[0]?.storeId ?? null) : null
}
