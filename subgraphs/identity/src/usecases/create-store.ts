import { storeCreated } from '@tillgraph/kit/events/identity'
import { writeEvent } from '@tillgraph/kit/events/outbox'
import type { CurrencyCode } from '@tillgraph/rules/currency'
import { parseName } from '@tillgraph/rules/names'
import { defaultCeilings } from '@tillgraph/rules/role-limits'
import type { CreateStoreInput } from '../../generated/graphql.ts'
import type { Context } from '../context.ts'
import { fold } from '../domain/fold.ts'
import { alreadyUsedDifferently, field, isInvalid, nameTaken, optionalField, readInput } from '../domain/problems.ts'
import {
  parseAddress,
  parseCeilings,
  parseDayEndOf,
  parseReceiptText,
  parseTaxNumber,
  parseTimeZone,
  type Store,
  storeFacts,
} from '../domain/store.ts'
import type { Work } from '../services.ts'
import type { Actor } from '../store/audit.ts'
import { readTenant } from '../store/tenant.ts'
import { type Asked, change } from './change.ts'
import { readId } from './read-id.ts'
import { record } from './record.ts'

/** What must be said of a new store; the rest has a beginning. */
type StoreStart = Pick<Store, 'name' | 'currency' | 'timeZone' | 'dayEndMinutes' | 'smallCeiling' | 'largeCeiling'> &
  Partial<Store>

/** A new store of the business. Its currency never changes. */
export async function createStore(context: Context, input: CreateStoreInput, info: Asked['info']) {
  const given = read(input)
  if (isInvalid(given)) return given
  return change(
    context,
    { info, named: input.id, content: given },
    async work => {
      const currency = input.currency ?? (await readTenant(work))?.defaultCurrency
      if (currency === undefined) throw new Error('A caller without a business')
      const ceilings = readInput(() => ceilingsOf(input, currency))
      if (isInvalid(ceilings)) return ceilings
      const id = input.id ?? context.makeId()
      await createdStore(context, work, newStore(id, context.clock.now(), { ...given, ...ceilings, currency }))
      return { __typename: 'CreateStoreSuccess' as const, tenantId: work.tenantId, storeId: id }
    },
    { store_name_taken: nameTaken, store_pkey: alreadyUsedDifferently },
  )
}

function read(input: CreateStoreInput) {
  return readInput(() => {
    readId('id', input.id)
    const address = input.address ? parseAddress('address', input.address) : {}
    return {
      name: field('name', () => parseName(input.name)),
      timeZone: field('timeZone', () => parseTimeZone(input.timeZone)),
      dayEndMinutes: field('dayEndsAt', () => parseDayEndOf(input.dayEndsAt)),
      receiptHeader: optionalField('receiptHeader', input.receiptHeader, parseReceiptText) ?? '',
      receiptFooter: optionalField('receiptFooter', input.receiptFooter, parseReceiptText) ?? '',
      taxNumber: optionalField('taxNumber', input.taxNumber, parseTaxNumber) ?? null,
      ...address,
      ...(input.currency ? { currency: input.currency, ...ceilingsOf(input, input.currency) } : {}),
    }
  })
}

function ceilingsOf(input: CreateStoreInput, currency: CurrencyCode) {
  if (input.amountCeilings) return parseCeilings('amountCeilings', input.amountCeilings, currency)
  const { small, large } = defaultCeilings(currency)
  return { smallCeiling: small.minor, largeCeiling: large.minor }
}

export function newStore(id: string, now: Date, start: StoreStart): Omit<Store, 'tenantId'> {
  const nowhere = { street: null, postalCode: null, city: null, region: null, country: null }
  const plain = { receiptHeader: '', receiptFooter: '', taxNumber: null }
  return { ...nowhere, ...plain, ...start, id, nameKey: fold(start.name), createdAt: now, version: 1 }
}

/** Writes a new store, and tells the trail and the other subgraphs of it. */
export async function createdStore(context: Context, work: Work, store: Omit<Store, 'tenantId'>, by?: Actor) {
  await work.prisma.store.create({ data: { ...store, tenantId: work.tenantId } })
  const { id, name, currency, timeZone } = store
  await record(
    context,
    work,
    { action: 'store.created', subject: 'STORE', subjectId: id, storeId: id, after: { name, currency, timeZone } },
    by,
  )
  await writeEvent(work, storeCreated.of(id, storeFacts(store), context.makeId()))
}
