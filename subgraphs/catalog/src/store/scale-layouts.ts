import type { Database } from '@tillgraph/kit/database/session'
import { sql } from '@tillgraph/kit/database/statement'
import type { ScaleLayout } from '@tillgraph/rules/scale-barcode'
import type { Work } from '../context.ts'

const READ = sql<ScaleLayout>(
  'select pattern, value, decimals from scale_layout where tenant_id = $1 order by position',
)

export function readScaleLayouts(database: Database, tenantId: string): Promise<ScaleLayout[]> {
  return database.query(tenantId, READ, [tenantId])
}

/** Puts layouts in place of all there were. */
export async function saveScaleLayouts({ tenantId, prisma }: Work, layouts: readonly ScaleLayout[]): Promise<void> {
  await prisma.scaleLayout.deleteMany({ where: { tenantId } })
  await prisma.scaleLayout.createMany({ data: layouts.map((layout, position) => ({ tenantId, position, ...layout })) })
}
