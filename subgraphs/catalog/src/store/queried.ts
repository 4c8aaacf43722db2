import type { Session } from '@tillgraph/kit/database/session'

/** Whoever can run a statement for a tenant: a piece of work, or the database itself for one statement at a time. */
export type Queried = Pick<Session, 'query' | 'tenantId'>
