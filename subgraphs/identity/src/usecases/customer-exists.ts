import type { Context } from '../context.ts'
import type { CustomerExists } from '../outcomes.ts'
import { customerOfContact } from '../store/customer.ts'

/** Who has the e-mail or phone that a unique index has just refused. */
export async function customerExists(
  context: Context,
  tenantId: string,
  emailKey: string | null | undefined,
  phoneKey: string | null | undefined,
): Promise<CustomerExists> {
  const found = await customerOfContact(context.database, tenantId, emailKey ?? null, phoneKey ?? null)
  if (!found) throw new Error('A contact was taken, and at the next look nobody had it')
  const field = found.emailKey !== null && found.emailKey === emailKey ? 'email' : 'phone'
  return {
    __typename: 'CustomerExists',
    code: 'CUSTOMER_EXISTS',
    message: `A customer with this ${field === 'email' ? 'e-mail' : 'phone'} is there already: take them, or give another.`,
    field,
    tenantId,
    customerId: found.id,
  }
}
