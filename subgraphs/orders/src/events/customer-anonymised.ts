import { on } from '@tillgraph/kit/events/consumer'
import { customerAnonymised } from '@tillgraph/kit/events/identity'
import { forgetAddresses } from '../store/receipt-copies.ts'

/** Where receipts of a customer were sent is forgotten with the customer; what was sold stays. */
export const forgetCustomer = on(customerAnonymised, (session, { payload }) =>
  forgetAddresses(session, payload.customerId, payload.anonymisedAt),
)
