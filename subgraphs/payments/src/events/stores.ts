import { on } from '@tillgraph/kit/events/consumer'
import { storeChanged, storeCreated } from '@tillgraph/kit/events/identity'
import { keepStore } from '../store/stores.ts'

/** Keep the copy of stores; whichever comes first, what was said last counts. */
export const storeHandlers = [
  on(storeCreated, (session, { payload: { storeId, ...facts }, at }) =>
    keepStore(session, { id: storeId, ...facts }, at),
  ),
  on(storeChanged, (session, { payload: { storeId, ...facts }, at }) =>
    keepStore(session, { id: storeId, ...facts }, at),
  ),
]
