import { on } from '@tillgraph/kit/events/consumer'
import { storeCreated } from '@tillgraph/kit/events/identity'
import { KEEP_STORE } from '../store/stores.ts'

/** Keeps a copy of each new store. Its currency never changes, so that no later event matters here. */
export const keepNewStore = on(storeCreated, async (session, { tenantId, payload }) => {
  await session.execute(KEEP_STORE, [tenantId, payload.storeId, payload.currency])
})
