import type { TaxRate } from '@tillgraph/rules/tax'
import type { Work } from '../context.ts'
import { nameKey } from '../domain/search-text.ts'
import type { TaxClass } from '../domain/tax-class.ts'
import type { Change } from './change.ts'
import { taxClassesByIds } from './tax-classes.ts'

/** Writes a new tax class with the rates that it has from now on. */
export async function saveNewTaxClass(
  { tenantId, prisma }: Work,
  { id, name, rates }: { readonly id: string; readonly name: string; readonly rates: readonly TaxRate[] },
  { number, now }: Change,
): Promise<void> {
  await prisma.taxClass.create({
    data: { tenantId, id, name, nameKey: nameKey(name), change: number, createdAt: now, updatedAt: now },
  })
  await prisma.taxClassPeriod.create({ data: { tenantId, taxClassId: id, validFrom: now } })
  await prisma.taxRate.createMany({ data: rateRows(tenantId, id, now, rates) })
}

/** Gives a tax class the rates that hold from an instant on, in place of any announced for that very instant. */
export async function saveRates(
  { tenantId, prisma }: Work,
  taxClassId: string,
  validFrom: Date,
  rates: readonly TaxRate[],
): Promise<void> {
  const key = { tenantId, taxClassId, validFrom }
  const known = await prisma.taxClassPeriod.count({ where: key })
  if (known === 0) await prisma.taxClassPeriod.create({ data: key })
  else await prisma.taxRate.deleteMany({ where: key })
  await prisma.taxRate.createMany({ data: rateRows(tenantId, taxClassId, validFrom, rates) })
}

function rateRows(tenantId: string, taxClassId: string, validFrom: Date, rates: readonly TaxRate[]) {
  return rates.map(({ id, name, rate, compound }, position) => ({
    ...{ tenantId, taxClassId, validFrom, position },
    ...{ code: id, name, rate, compound: compound ?? false },
  }))
}

export async function taxClassIn(work: Work, id: string): Promise<TaxClass | undefined> {
  return (await taxClassesByIds(work, [id]))[0]
}

/** The tax class in use that bears a name, if there is one. */
export async function taxClassNamed({ tenantId, prisma }: Work, name: string): Promise<string | undefined> {
  const where = { tenantId, nameKey: nameKey(name), archivedAt: null }
  return (await prisma.taxClass.findFirst({ where, select: { id: true } }))?.id
}

export function countTaxClasses({ tenantId, prisma }: Work): Promise<number> {
  return prisma.taxClass.count({ where: { tenantId } })
}

export async function hasProductsOnSale({ tenantId, prisma }: Work, taxClassId: string): Promise<boolean> {
  const where = { tenantId, taxClassId, archivedAt: null }
  return (await prisma.product.findFirst({ where, select: { id: true } })) !== null
}

/** Writes that a tax class has changed. */
export async function touchTaxClass(
  { tenantId, prisma }: Work,
  id: string,
  { name, archivedAt }: { readonly name?: string; readonly archivedAt?: Date },
  { number, now }: Change,
): Promise<void> {
  await prisma.taxClass.update({
    where: { tenantId_id: { tenantId, id } },
    data: {
      ...(name === undefined ? {} : { name, nameKey: nameKey(name) }),
      ...(archivedAt === undefined ? {} : { archivedAt }),
      ...{ change: number, updatedAt: now, version: { increment: 1 } },
    },
    select: { id: true },
  })
}
