import { on } from '@tillgraph/kit/events/consumer'
import { storeChanged, storeCreated } from '@tillgraph/kit/events/identity'
import { keepStore } from '../store/stores.ts'

/** Keeps a copy of each store as identity tells it. */
export const storeHandlers = [
  on(storeCreated, (session, { at, payload: { storeId, ...facts } }) =>
    keepStore(session, { id: storeId, ...facts }, at),
  ),
  on(storeChanged, (session, { at, payload: { storeId, currency, timeZone, dayEndsAt } }) =>
    keepStore(session, { id: storeId, currency, timeZone, dayEndsAt }, at),
  ),
]
