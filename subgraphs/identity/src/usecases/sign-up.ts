import { fingerprintOf } from '@tillgraph/kit/idempotency-fingerprint'
import type { CurrencyCode } from '@tillgraph/rules/currency'
import { parseName } from '@tillgraph/rules/names'
import { defaultCeilings } from '@tillgraph/rules/role-limits'
import { isUuid } from '@tillgraph/rules/uuid'
import type { SignUpInput } from '../../generated/graphql.ts'
import type { Context } from '../context.ts'
import { parseEmail } from '../domain/contact.ts'
import { fold } from '../domain/fold.ts'
import { checkPassword } from '../domain/password.ts'
import { alreadyUsedDifferently, field, isInvalid, readInput, refuseField, slugTaken } from '../domain/problems.ts'
import { parseDevice } from '../domain/session.ts'
import { parseDayEndOf, parseTimeZone } from '../domain/store.ts'
import { parseCountry, parseSlug } from '../domain/tenant.ts'
import { byAccount, bySignUps } from '../domain/throttle.ts'
import { parseUserName } from '../domain/user.ts'
import type { SignUpOutcome } from '../outcomes.ts'
import type { Work } from '../services.ts'
import { credentialsOfLogin } from '../store/user.ts'
import { admit, countedBy, forgive } from './admit.ts'
import { changeOf } from './change.ts'
import { createdStore, newStore } from './create-store.ts'
import { anonymous, record } from './record.ts'
import { startSession } from './start-session.ts'

type Plan = Exclude<ReturnType<typeof read>, { __typename: 'InvalidInput' }>

/** Starts a business with its first store and its owner, and signs the owner in. */
export async function signUp(context: Context, input: SignUpInput) {
  const plan = read(input)
  if (isInvalid(plan)) return plan
  const address = context.clientAddress
  const closed = address === undefined ? undefined : await admit(context, [{ rule: bySignUps, key: address }])
  if (closed) return closed

  const tenantId = input.id ?? context.makeId()
  const fingerprint = context.keyed(fingerprintOf(plan.content))
  const passwordHash = await context.passwords.hash(input.owner.password)
  const taken = { tenant_slug_taken: () => 'taken' as const, tenant_pkey: () => 'taken' as const }
  const begun = await changeOf(
    context,
    tenantId,
    work => begin(context, work, plan, { fingerprint, passwordHash }),
    taken,
  )
  if (begun !== 'taken') return { __typename: 'SignUpSuccess' as const, ...begun }
  return input.id === null || input.id === undefined
    ? slugTaken()
    : signUpAgain(context, input.id, plan, fingerprint, input.owner.password)
}

function read(input: SignUpInput) {
  return readInput(() => {
    if (input.id !== null && input.id !== undefined && !isUuid(input.id))
      refuseField('id', 'An id is a UUID in lower-case letters.')
    const userName = field('owner.userName', () => parseUserName(input.owner.userName))
    const email = field('owner.email', () => parseEmail(input.owner.email))
    checkPassword('owner.password', input.owner.password, { userName: userName.text, email: email.text })
    const currency: CurrencyCode = input.store.currency ?? input.defaultCurrency
    const content = {
      slug: field('slug', () => parseSlug(input.slug)),
      name: field('name', () => parseName(input.name)),
      country: field('country', () => parseCountry(input.country)),
      defaultCurrency: input.defaultCurrency,
      storeName: field('store.name', () => parseName(input.store.name)),
      currency,
      timeZone: field('store.timeZone', () => parseTimeZone(input.store.timeZone)),
      dayEndMinutes: field('store.dayEndsAt', () => parseDayEndOf(input.store.dayEndsAt)),
      userName: userName.text,
      email: email.text,
      displayName: field('owner.displayName', () => parseName(input.owner.displayName ?? userName.text)),
    }
    return { content, userNameKey: userName.key, emailKey: email.key, device: parseDevice('device', input.device) }
  })
}

async function begin(
  context: Context,
  work: Work,
  { content, userNameKey, emailKey, device }: Plan,
  { fingerprint, passwordHash }: { readonly fingerprint: string; readonly passwordHash: string },
): Promise<SignUpOutcome> {
  const { tenantId, prisma } = work
  const now = context.clock.now()
  const { slug, name, country, defaultCurrency, currency } = content
  await prisma.tenant.create({ data: { tenantId, slug, name, country, defaultCurrency, fingerprint, createdAt: now } })
  const userId = context.makeId()
  await prisma.userAccount.create({
    data: {
      tenantId,
      id: userId,
      userName: content.userName,
      userNameKey,
      email: content.email,
      emailKey,
      displayName: content.displayName,
      nameKey: fold(content.displayName),
      passwordHash,
      createdAt: now,
    },
  })
  await prisma.roleGrant.create({ data: { tenantId, id: context.makeId(), userId, role: 'OWNER', grantedAt: now } })
  const ceilings = defaultCeilings(currency)
  const store = newStore(context.makeId(), now, {
    name: content.storeName,
    currency,
    timeZone: content.timeZone,
    dayEndMinutes: content.dayEndMinutes,
    smallCeiling: ceilings.small.minor,
    largeCeiling: ceilings.large.minor,
  })
  await record(
    context,
    work,
    {
      action: 'tenant.signed_up',
      subject: 'TENANT',
      subjectId: tenantId,
      after: { slug, name, country, owner: userId },
    },
    anonymous,
  )
  await createdStore(context, work, store, { kind: 'USER', id: userId })
  const started = await startSession(context, work, { userId, device, registerId: null })
  return { tenantId, userId, storeId: store.id, ...started }
}

/** The answer to a sign-up was lost, and it is asked for again: whoever has the password is signed in. */
async function signUpAgain(context: Context, tenantId: string, plan: Plan, fingerprint: string, password: string) {
  const known = await context.database.read(tenantId, work => work.prisma.tenant.findUnique({ where: { tenantId } }))
  if (!known) return slugTaken()
  const counted = countedBy(context, byAccount, JSON.stringify([known.slug, plan.userNameKey]))
  const closed = await admit(context, counted)
  if (closed) return closed
  const owner = await credentialsOfLogin(context.database, tenantId, plan.userNameKey)
  const fits = await context.passwords.verify(owner?.passwordHash, password)
  if (known.fingerprint !== fingerprint || !owner || !fits || owner.deactivatedAt !== null)
    return alreadyUsedDifferently()
  const again = await context.database.write(tenantId, async work => {
    const store = await work.prisma.store.findFirst({
      where: { tenantId },
      orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
    })
    if (!store) throw new Error('A business without a store')
    const started = await startSession(context, work, { userId: owner.id, device: plan.device, registerId: null })
    return { storeId: store.id, ...started }
  })
  await forgive(context, counted)
  return { __typename: 'SignUpSuccess' as const, tenantId, userId: owner.id, ...again }
}
