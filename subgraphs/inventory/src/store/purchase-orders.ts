import type { Database, Session } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import type { PageRequest } from '@tillgraph/kit/pages'
import { parseCurrencyCode } from '@tillgraph/rules/currency'
import type {
  GoodsReceipt,
  GoodsReceiptLine,
  PurchaseOrder,
  PurchaseOrderLine,
  PurchaseOrderState,
} from '../domain/purchase-order.ts'

interface OrderRow {
  readonly id: string
  readonly store_id: string
  readonly number: number
  readonly supplier_id: string
  readonly state: PurchaseOrderState
  readonly note: string
  readonly expected_on: string | null
  readonly currency: string
  readonly version: number
  readonly created_at: Date
  readonly created_by: string | null
  readonly sent_at: Date | null
  readonly ended_at: Date | null
}

const COLUMNS =
  'id, store_id, number, supplier_id, state, note, expected_on, currency, version, created_at, created_by, sent_at, ended_at'

const toOrder = (row: OrderRow): PurchaseOrder => ({
  id: row.id,
  storeId: row.store_id,
  number: row.number,
  supplierId: row.supplier_id,
  state: row.state,
  note: row.note,
  expectedOn: row.expected_on,
  currency: parseCurrencyCode(row.currency),
  version: row.version,
  createdAt: row.created_at,
  createdBy: row.created_by,
  sentAt: row.sent_at,
  endedAt: row.ended_at,
})

const LOAD = sql<OrderRow>(`select ${COLUMNS} from purchase_order where tenant_id = $1 and id = $2`)
const LOCK = sql<OrderRow>(`select ${COLUMNS} from purchase_order where tenant_id = $1 and id = $2 for update`)

export async function loadOrder(database: Database, tenantId: string, id: string): Promise<PurchaseOrder | undefined> {
  const [row] = await database.query(tenantId, LOAD, [tenantId, id])
  return row && toOrder(row)
}

export async function lockOrder(session: Session, id: string): Promise<PurchaseOrder | undefined> {
  const [row] = await session.query(LOCK, [session.tenantId, id])
  return row && toOrder(row)
}

const LIST = sql<OrderRow>(`
  select ${COLUMNS} from purchase_order
  where tenant_id = $1 and store_id = $2 and ($3::text is null or state = $3) and ($4::uuid is null or supplier_id = $4)
    and number < coalesce($5::int, 2147483647)
  order by number desc limit $6`)

/** One more than the page holds, newest first. */
export async function listOrders(
  database: Database,
  tenantId: string,
  storeId: string,
  filter: { readonly state: PurchaseOrderState | null; readonly supplierId: string | null },
  page: PageRequest<[string]>,
): Promise<PurchaseOrder[]> {
  const values = [tenantId, storeId, filter.state, filter.supplierId, page.after?.[0] ?? null, page.first + 1]
  return (await database.query(tenantId, LIST, values)).map(toOrder)
}

const NUMBER_LOCK = sql("select pg_advisory_xact_lock(hashtextextended('purchase order ' || $1::text || $2::text, 0))")

const INSERT = sql<OrderRow>(`
  insert into purchase_order (tenant_id, id, store_id, number, supplier_id, state, note, expected_on, currency,
    created_at, created_by)
  select $1, $2, $3, coalesce(max(number), 0) + 1, $4, 'DRAFT', $5, $6::date, $7, $8, $9
  from purchase_order where tenant_id = $1 and store_id = $3
  returning ${COLUMNS}`)

const INSERT_LINES = sql(`
  insert into purchase_order_line (tenant_id, purchase_order_id, product_id, position, ordered, unit_cost)
  select $1, $2, l.product_id, l.position, l.ordered, l.unit_cost
  from unnest($3::uuid[], $4::bigint[], $5::bigint[]) with ordinality l (product_id, ordered, unit_cost, position)`)

/** Gives the next number of the store; orders of one store are numbered one at a time. */
export async function insertOrder(
  session: Session,
  order: Omit<PurchaseOrder, 'number'>,
  lines: readonly Pick<PurchaseOrderLine, 'productId' | 'ordered' | 'unitCost'>[],
): Promise<PurchaseOrder> {
  const { tenantId } = session
  await session.query(NUMBER_LOCK, [tenantId, order.storeId])
  const [row] = await session.query(INSERT, [
    tenantId,
    order.id,
    order.storeId,
    order.supplierId,
    order.note,
    order.expectedOn,
    order.currency,
    order.createdAt,
    order.createdBy,
  ])
  if (!row) throw new Error('An insert from an aggregate gives one row')
  await session.execute(INSERT_LINES, [
    tenantId,
    order.id,
    lines.map(({ productId }) => productId),
    lines.map(({ ordered }) => ordered),
    lines.map(({ unitCost }) => unitCost),
  ])
  return toOrder(row)
}

const UPDATE = sql<OrderRow>(`
  update purchase_order set state = $3, version = version + 1, sent_at = $4, ended_at = $5, expected_on = $6::date
  where tenant_id = $1 and id = $2 returning ${COLUMNS}`)

/** Writes how far an order is, and when it is expected; the row must be locked. */
export async function updateOrder(
  session: Session,
  order: Pick<PurchaseOrder, 'id' | 'state' | 'sentAt' | 'endedAt' | 'expectedOn'>,
): Promise<PurchaseOrder> {
  const { id, state, sentAt, endedAt, expectedOn } = order
  const [row] = await session.query(UPDATE, [session.tenantId, id, state, sentAt, endedAt, expectedOn])
  if (!row) throw new Error('A row that is locked is there')
  return toOrder(row)
}

const LINES = sql<{
  purchase_order_id: string
  product_id: string
  ordered: bigint
  received: bigint
  unit_cost: bigint
  currency: string
}>(`
  select l.purchase_order_id, l.product_id, l.ordered, l.received, l.unit_cost, o.currency
  from purchase_order_line l join purchase_order o on o.tenant_id = l.tenant_id and o.id = l.purchase_order_id
  where l.tenant_id = $1 and l.purchase_order_id = any ($2::uuid[]) order by l.purchase_order_id, l.position`)

export async function loadOrderLines(
  database: Pick<Database, 'query'>,
  tenantId: string,
  orderIds: readonly string[],
): Promise<PurchaseOrderLine[]> {
  const rows = await database.query(tenantId, LINES, [tenantId, orderIds])
  return rows.map(row => ({
    purchaseOrderId: row.purchase_order_id,
    productId: row.product_id,
    ordered: row.ordered,
    received: row.received,
    unitCost: row.unit_cost,
    currency: parseCurrencyCode(row.currency),
  }))
}

const RECEIVE = sql(`
  update purchase_order_line l set received = l.received + r.quantity
  from unnest($3::uuid[], $4::bigint[]) r (product_id, quantity)
  where l.tenant_id = $1 and l.purchase_order_id = $2 and l.product_id = r.product_id`)

const INSERT_RECEIPT = sql(`
  insert into goods_receipt (tenant_id, id, purchase_order_id, note, received_at, received_by)
  values ($1, $2, $3, $4, $5, $6)`)

const INSERT_RECEIPT_LINES = sql(`
  insert into goods_receipt_line (tenant_id, receipt_id, product_id, position, quantity, unit_cost)
  select $1, $2, l.product_id, l.position, l.quantity, l.unit_cost
  from unnest($3::uuid[], $4::bigint[], $5::bigint[]) with ordinality l (product_id, quantity, unit_cost, position)`)

/** Notes what has come; the order must be locked. */
export async function insertReceipt(
  session: Session,
  receipt: GoodsReceipt,
  lines: readonly Pick<GoodsReceiptLine, 'productId' | 'quantity' | 'unitCost'>[],
): Promise<void> {
  const { tenantId } = session
  const products = lines.map(({ productId }) => productId)
  const quantities = lines.map(({ quantity }) => quantity)
  await session.execute(RECEIVE, [tenantId, receipt.purchaseOrderId, products, quantities])
  await session.execute(INSERT_RECEIPT, [
    tenantId,
    receipt.id,
    receipt.purchaseOrderId,
    receipt.note,
    receipt.receivedAt,
    receipt.receivedBy,
  ])
  const costs = lines.map(({ unitCost }) => unitCost)
  await session.execute(INSERT_RECEIPT_LINES, [tenantId, receipt.id, products, quantities, costs])
}

const RECEIPTS = sql<{
  id: string
  purchase_order_id: string
  note: string
  received_at: Date
  received_by: string | null
}>(`
  select id, purchase_order_id, note, received_at, received_by from goods_receipt
  where tenant_id = $1 and purchase_order_id = any ($2::uuid[]) order by purchase_order_id, received_at, id`)

export async function loadReceipts(
  database: Database,
  tenantId: string,
  orderIds: readonly string[],
): Promise<GoodsReceipt[]> {
  const rows = await database.query(tenantId, RECEIPTS, [tenantId, orderIds])
  return rows.map(row => ({
    id: row.id,
    purchaseOrderId: row.purchase_order_id,
    note: row.note,
    receivedAt: row.received_at,
    receivedBy: row.received_by,
  }))
}

const RECEIPT_LINES = sql<{
  receipt_id: string
  product_id: string
  quantity: bigint
  unit_cost: bigint
  currency: string
}>(`
  select l.receipt_id, l.product_id, l.quantity, l.unit_cost, o.currency
  from goods_receipt_line l
  join goods_receipt r on r.tenant_id = l.tenant_id and r.id = l.receipt_id
  join purchase_order o on o.tenant_id = r.tenant_id and o.id = r.purchase_order_id
  where l.tenant_id = $1 and l.receipt_id = any ($2::uuid[]) order by l.receipt_id, l.position`)

export async function loadReceiptLines(
  database: Database,
  tenantId: string,
  receiptIds: readonly string[],
): Promise<GoodsReceiptLine[]> {
  const rows = await database.query(tenantId, RECEIPT_LINES, [tenantId, receiptIds])
  return rows.map(row => ({
    receiptId: row.receipt_id,
    productId: row.product_id,
    quantity: row.quantity,
    unitCost: row.unit_cost,
    currency: parseCurrencyCode(row.currency),
  }))
}
