import { sql } from '@tillgraph/kit/database/statement'
import type { Work } from '../context.ts'
import { FIRST_TAX_CLASS_NAME, firstTaxSettings, type TaxSettings } from '../domain/tax-settings.ts'
import type { Change } from './change.ts'
import type { Queried } from './queried.ts'
import { saveNewTaxClass } from './save-tax-class.ts'

const READ = sql<TaxSettings>(`
  select prices, tax_rounding as "taxRounding", rounding_mode as "roundingMode",
    default_tax_class_id as "defaultTaxClassId", version
  from tax_settings where tenant_id = $1`)

const FIRST_TAX_CLASS = sql<{ id: string }>(`
  select id from tax_class where tenant_id = $1 and archived_at is null order by created_at, id limit 1`)

export async function readTaxSettings(queried: Queried): Promise<TaxSettings | null> {
  return (await queried.query(READ, [queried.tenantId]))[0] ?? null
}

/**
 * The settings of a business, made when there are none yet: its first tax class is the default, and one without rates
 * where it has none. Only after beginChange, which sees to it that nobody else makes them meanwhile.
 */
export async function ensureTaxSettings(work: Work, change: Change): Promise<TaxSettings> {
  const known = await readTaxSettings(work)
  if (known) return known
  const { tenantId, prisma } = work
  const [first] = await work.query(FIRST_TAX_CLASS, [tenantId])
  const defaultTaxClassId = first?.id ?? change.makeId()
  if (!first) await saveNewTaxClass(work, { id: defaultTaxClassId, name: FIRST_TAX_CLASS_NAME, rates: [] }, change)
  await prisma.taxSettings.create({ data: { tenantId, ...firstTaxSettings, defaultTaxClassId } })
  return { ...firstTaxSettings, defaultTaxClassId, version: 1 }
}

export async function saveTaxSettings({ tenantId, prisma }: Work, settings: TaxSettings): Promise<void> {
  await prisma.taxSettings.update({ where: { tenantId }, data: settings, select: { tenantId: true } })
}
