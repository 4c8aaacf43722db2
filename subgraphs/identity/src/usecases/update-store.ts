import { storeChanged } from '@tillgraph/kit/events/identity'
import { writeEvent } from '@tillgraph/kit/events/outbox'
import { parseDayEnd } from '@tillgraph/rules/business-day'
import type { CurrencyCode } from '@tillgraph/rules/currency'
import { parseName } from '@tillgraph/rules/names'
import { isUuid } from '@tillgraph/rules/uuid'
import type { UpdateStoreInput } from '../../generated/graphql.ts'
import type { Context } from '../context.ts'
import { fold } from '../domain/fold.ts'
import { present } from '../domain/present.ts'
import {
  changedField,
  changedMeanwhile,
  isInvalid,
  nameTaken,
  notFound,
  optionalField,
  readInput,
} from '../domain/problems.ts'
import {
  parseAddress,
  parseCeilings,
  parseReceiptText,
  parseTaxNumber,
  parseTimeZone,
  type Store,
  storeFacts,
} from '../domain/store.ts'
import type { Work } from '../services.ts'
import { lockStore } from '../store/store.ts'
import { type Asked, change } from './change.ts'
import { difference, record } from './record.ts'

/** Changes a store's name, place, clock, receipts and ceilings. */
export async function updateStore(context: Context, input: UpdateStoreInput, info: Asked['info']) {
  return change(
    context,
    { info, content: input },
    async work => {
      const store = isUuid(input.id) ? await lockStore(work, input.id) : undefined
      if (!store) return notFound()
      const given = read(input, store.currency)
      if (isInvalid(given)) return given
      if (typeof input.version === 'number' && input.version !== store.version) return changedMeanwhile()
      const changed = difference({ ...store }, given)
      if (changed) await save(context, work, store, given, changed)
      return { __typename: 'UpdateStoreSuccess' as const, tenantId: work.tenantId, storeId: store.id }
    },
    { store_name_taken: nameTaken },
  )
}

function read(input: UpdateStoreInput, currency: CurrencyCode) {
  return readInput(() => {
    const name = optionalField('name', input.name, parseName)
    return {
      name,
      nameKey: name === undefined ? undefined : fold(name),
      timeZone: optionalField('timeZone', input.timeZone, parseTimeZone),
      dayEndMinutes: optionalField('dayEndsAt', input.dayEndsAt, parseDayEnd),
      receiptHeader: optionalField('receiptHeader', input.receiptHeader, parseReceiptText),
      receiptFooter: optionalField('receiptFooter', input.receiptFooter, parseReceiptText),
      taxNumber: changedField('taxNumber', input.taxNumber, parseTaxNumber),
      ...(input.address ? parseAddress('address', input.address) : {}),
      ...(input.amountCeilings ? parseCeilings('amountCeilings', input.amountCeilings, currency) : {}),
    }
  })
}

type Given = Exclude<ReturnType<typeof read>, { __typename: 'InvalidInput' }>
type Changed = NonNullable<ReturnType<typeof difference>>

async function save(context: Context, work: Work, store: Store, given: Given, changed: Changed) {
  const { tenantId } = work
  await work.prisma.store.update({
    where: { tenantId_id: { tenantId, id: store.id } },
    data: { ...present(given), version: { increment: 1 } },
  })
  await record(context, work, {
    action: 'store.updated',
    subject: 'STORE',
    subjectId: store.id,
    storeId: store.id,
    ...changed,
  })
  const after = {
    ...store,
    timeZone: given.timeZone ?? store.timeZone,
    dayEndMinutes: given.dayEndMinutes ?? store.dayEndMinutes,
  }
  await writeEvent(work, storeChanged.of(store.id, { ...storeFacts(after), closedAt: null }, context.makeId()))
}
