import type { Database, Session } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import type { PageRequest } from '@tillgraph/kit/pages'
import { nameKeyOf, type Supplier } from '../domain/supplier.ts'

interface SupplierRow {
  readonly id: string
  readonly name: string
  readonly email: string | null
  readonly phone: string | null
  readonly address: string | null
  readonly note: string | null
  readonly version: number
  readonly archived_at: Date | null
  readonly created_at: Date
  readonly updated_at: Date
}

const COLUMNS = 'id, name, email, phone, address, note, version, archived_at, created_at, updated_at'

function toSupplier(row: SupplierRow): Supplier {
  const { archived_at, created_at, updated_at, ...facts } = row
  return { ...facts, archivedAt: archived_at, createdAt: created_at, updatedAt: updated_at }
}

const LOAD = sql<SupplierRow>(`select ${COLUMNS} from supplier where tenant_id = $1 and id = any ($2::uuid[])`)

export async function loadSuppliers(database: Database, tenantId: string, ids: readonly string[]): Promise<Supplier[]> {
  return (await database.query(tenantId, LOAD, [tenantId, ids])).map(toSupplier)
}

const LOCK = sql<SupplierRow>(`select ${COLUMNS} from supplier where tenant_id = $1 and id = $2 for update`)

export async function lockSupplier(session: Session, id: string): Promise<Supplier | undefined> {
  const [row] = await session.query(LOCK, [session.tenantId, id])
  return row && toSupplier(row)
}

// no letter sorts behind this one, in any name
const BEHIND_EVERY_NAME = '\u{10ffff}'

const LIST = sql<SupplierRow & { name_key: string }>(`
  select ${COLUMNS}, name_key from supplier
  where tenant_id = $1 and (archived_at is not null) = $2
    and name_key >= $3 and name_key < $3 || '${BEHIND_EVERY_NAME}'
    and (name_key, id) > ($4, coalesce($5::uuid, '00000000-0000-0000-0000-000000000000'))
  order by name_key, id limit $6`)

/** One more than the page holds, by name. */
export async function listSuppliers(
  database: Database,
  tenantId: string,
  filter: { readonly nameBeginsWith: string; readonly archived: boolean },
  page: PageRequest<[string, string]>,
): Promise<Supplier[]> {
  const [nameKey = '', id = null] = page.after ?? []
  const values = [tenantId, filter.archived, nameKeyOf(filter.nameBeginsWith), nameKey, id, page.first + 1]
  return (await database.query(tenantId, LIST, values)).map(({ name_key, ...row }) => toSupplier(row))
}

const INSERT = sql(`
  insert into supplier (tenant_id, id, name, name_key, email, phone, address, note, version, archived_at, created_at,
    updated_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`)

const UPDATE = sql(`
  update supplier set name = $3, name_key = $4, email = $5, phone = $6, address = $7, note = $8, version = $9,
    archived_at = $10, created_at = $11, updated_at = $12
  where tenant_id = $1 and id = $2`)

const valuesOf = (tenantId: string, supplier: Supplier) => [
  tenantId,
  supplier.id,
  supplier.name,
  nameKeyOf(supplier.name),
  supplier.email,
  supplier.phone,
  supplier.address,
  supplier.note,
  supplier.version,
  supplier.archivedAt,
  supplier.createdAt,
  supplier.updatedAt,
]

export async function insertSupplier(session: Session, supplier: Supplier): Promise<void> {
  await session.execute(INSERT, valuesOf(session.tenantId, supplier))
}

/** The row must be locked. */
export async function updateSupplier(session: Session, supplier: Supplier): Promise<void> {
  await session.execute(UPDATE, valuesOf(session.tenantId, supplier))
}

const NAME_TAKEN = sql<{ taken: boolean }>(`
  select exists (select from supplier
    where tenant_id = $1 and name_key = $2 and archived_at is null and id <> $3) as taken`)

/** Whether another supplier in use has the name. The unique index decides; this only spares most their error. */
export async function supplierNameIsTaken(session: Session, supplier: Supplier): Promise<boolean> {
  const [row] = await session.query(NAME_TAKEN, [session.tenantId, nameKeyOf(supplier.name), supplier.id])
  return row?.taken === true
}
