import { on } from '@tillgraph/kit/events/consumer'
import { customerAnonymised } from '@tillgraph/kit/events/identity'
import { forgetContacts } from '../store/fulfilments.ts'
import { forgetAddresses } from '../store/receipt-copies.ts'

/** Where receipts and orders of a customer went is forgotten with the customer; what was sold stays. */
export const forgetCustomer = on(customerAnonymised, async (session, { payload }) => {
  await forgetAddresses(session, payload.customerId, payload.anonymisedAt)
  await forgetContacts(session, payload.customerId)
})
