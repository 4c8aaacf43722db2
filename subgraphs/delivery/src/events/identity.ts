import { on } from '@tillgraph/kit/events/consumer'
import { customerAnonymised, storeChanged, storeCreated } from '@tillgraph/kit/events/identity'
import { anonymiseDeliveries } from '../store/deliveries.ts'
import { KEEP_STORE } from '../store/stores.ts'

/** Keeps a copy of each store: its currency, and by which clock its windows are. */
export const keepNewStore = on(storeCreated, async (session, { tenantId, payload }) => {
  await session.execute(KEEP_STORE, [tenantId, payload.storeId, payload.currency, payload.timeZone])
})

export const keepChangedStore = on(storeChanged, async (session, { tenantId, payload }) => {
  await session.execute(KEEP_STORE, [tenantId, payload.storeId, payload.currency, payload.timeZone])
})

export const forgetCustomer = on(customerAnonymised, (session, { payload }) =>
  anonymiseDeliveries(session, payload.customerId, payload.anonymisedAt),
)
