import { type CurrencyCode, isCurrencyCode } from '@tillgraph/rules/currency'
import { z } from 'zod'
import { defineEvent, instant } from './event-contract.ts'

const storeFacts = {
  storeId: z.uuid(),
  currency: z.custom<CurrencyCode>(code => typeof code === 'string' && isCurrencyCode(code)),
  /** A zone of the IANA database: Europe/Berlin. */
  timeZone: z.string().min(1).max(64),
  /** When the business day ends, by the store's own clock: 00:00, or 04:00 for a bar. */
  dayEndsAt: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/),
}

/** A store was opened in the books. The aggregate is the store. */
export const storeCreated = defineEvent('identity.store.created.v1', z.object(storeFacts))

/** What others keep of a store has changed; all of it is told again. The aggregate is the store. */
export const storeChanged = defineEvent(
  'identity.store.changed.v1',
  z.object({ ...storeFacts, closedAt: instant.nullable() }),
)

/** A sign-in has ended before its tokens ran out. The aggregate is the sign-in. */
export const sessionEnded = defineEvent(
  'identity.session.ended.v1',
  z.object({
    sessionId: z.uuid(),
    userId: z.uuid(),
    reason: z.enum(['SIGNED_OUT', 'REVOKED', 'REFRESH_TOKEN_REUSED', 'USER_DEACTIVATED', 'REGISTER_REVOKED']),
    endedAt: instant,
  }),
)

/** Somebody no longer works here. The aggregate is the user. */
export const userDeactivated = defineEvent(
  'identity.user.deactivated.v1',
  z.object({ userId: z.uuid(), deactivatedAt: instant }),
)

/** A till is trusted no more: what it signs from then on is refused. The aggregate is the register. */
export const registerRevoked = defineEvent(
  'identity.register.revoked.v1',
  z.object({ registerId: z.uuid(), storeId: z.uuid(), revokedAt: instant }),
)

/** A customer is to be forgotten: whoever keeps a name, address or number of theirs blanks it. The aggregate is the customer. */
export const customerAnonymised = defineEvent(
  'identity.customer.anonymised.v1',
  z.object({ customerId: z.uuid(), anonymisedAt: instant }),
)
