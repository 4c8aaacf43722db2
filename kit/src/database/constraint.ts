import pg from 'pg'

/** Which constraint or index a failed write ran into, by name; undefined for any other failure. */
export function violatedConstraint(error: unknown): string | undefined {
  if (error instanceof pg.DatabaseError) return error.code?.startsWith('23') ? error.constraint : undefined
  const cause = (error as { meta?: { driverAdapterError?: { cause?: AdapterCause } } } | null)?.meta?.driverAdapterError
    ?.cause
  if (!cause?.originalCode?.startsWith('23')) return undefined
  return cause.constraint?.index ?? constraintInMessage(cause.originalMessage)
}

interface AdapterCause {
  originalCode?: string
  originalMessage?: string
  constraint?: { index?: string; fields?: readonly string[] }
}

/** Prisma's adapter keeps the names of the fields and drops that of the index; Postgres's own words still have it. */
function constraintInMessage(message: string | undefined): string | undefined {
  return message?.match(/constraint "([^"]+)"/)?.[1]
}

/** Thrown in a transaction that has found another to have done its work: it is undone, and run again from the start. */
export class LostAgainstAnother extends Error {
  override name = 'LostAgainstAnother'
}

/** Lost against a concurrent transaction (serialisation failure, deadlock): worth another try. */
export function lostAgainstAnother(error: unknown): boolean {
  if (error instanceof LostAgainstAnother) return true
  if (error instanceof pg.DatabaseError) return error.code === '40001' || error.code === '40P01'
  const code = (error as { meta?: { driverAdapterError?: { cause?: AdapterCause } } } | null)?.meta?.driverAdapterError
    ?.cause?.originalCode
  return code === '40001' || code === '40P01' || (error as { code?: string } | null)?.code === 'P2034'
}
