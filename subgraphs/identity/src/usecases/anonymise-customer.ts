import { customerAnonymised } from '@tillgraph/kit/events/identity'
import { writeEvent } from '@tillgraph/kit/events/outbox'
import { isUuid } from '@tillgraph/rules/uuid'
import type { Context } from '../context.ts'
import { notFound } from '../domain/problems.ts'
import { lockCustomer } from '../store/customer.ts'
import { type Asked, change } from './change.ts'
import { record } from './record.ts'

/** Forgets who a customer is. The id stays, and whoever keeps a copy is told. Doing it again changes nothing. */
export async function anonymiseCustomer(context: Context, id: string, info: Asked['info']) {
  return change(context, { info, content: { id } }, async work => {
    const customer = isUuid(id) ? await lockCustomer(work, id) : undefined
    if (!customer) return notFound()
    const { tenantId } = work
    if (customer.anonymisedAt === null) {
      const now = context.clock.now()
      await work.prisma.customer.update({
        where: { tenantId_id: { tenantId, id } },
        data: {
          name: '',
          nameKey: '',
          email: null,
          emailKey: null,
          phone: null,
          phoneKey: null,
          searchText: '',
          group: null,
          taxNumber: null,
          isTaxExempt: false,
          marketingConsent: false,
          marketingConsentChangedAt: customer.marketingConsent ? now : customer.marketingConsentChangedAt,
          note: '',
          anonymisedAt: now,
          version: { increment: 1 },
        },
      })
      await record(context, work, { action: 'customer.anonymised', subject: 'CUSTOMER', subjectId: id })
      await writeEvent(work, customerAnonymised.of(id, { customerId: id, anonymisedAt: now }, context.makeId()))
    }
    return { __typename: 'AnonymiseCustomerSuccess' as const, tenantId, customerId: id }
  })
}
