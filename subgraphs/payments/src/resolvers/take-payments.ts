import { TENDERS_MOST } from '@tillgraph/kit/events/payments'
import { fingerprintOf } from '@tillgraph/kit/idempotency-fingerprint'
import type { CurrencyCode } from '@tillgraph/rules/currency'
import { InputFault } from '@tillgraph/rules/input-fault'
import { readId } from '@tillgraph/rules/input-fields'
import type { MutationResolvers, TenderInput } from '../../generated/graphql.ts'
import { isCarriedOutElsewhere } from '../domain/payment.ts'
import type { Tender } from '../domain/tender.ts'
import type { Processors } from '../processors/processor.ts'
import { takePayments as carryOut } from '../usecases/take-payments.ts'
import { readAmount, readAmountIn, reading, readLine, readOptionalId } from './read.ts'

const TOKEN_CHARACTERS_MOST = 255

export const takePayments: NonNullable<MutationResolvers['takePayments']> = (_, { input }, context) =>
  reading(
    () => {
      const due = readAmount('due', input.due, 'not-negative')
      const { currency } = input.due
      const customerId = readOptionalId('customerId', input.customerId)
      const asked = {
        orderId: readId('orderId', input.orderId),
        storeId: readId('storeId', input.storeId),
        registerId: readOptionalId('registerId', input.registerId),
        cashierId: readOptionalId('cashierId', input.cashierId),
        customerId,
        currency,
        due,
        tenders: readTenders(input.tenders, currency, context.processors),
        offline: input.offline === true,
      }
      for (const [index, { kind }] of asked.tenders.entries()) {
        if (kind === 'STORE_CREDIT' && customerId === null)
          throw new InputFault('customerId', 'Store credit is somebody’s: name the customer.')
        if (asked.offline && isCarriedOutElsewhere(kind))
          throw new InputFault(`tenders.${index}.kind`, 'A processor cannot be asked for what was taken offline.')
      }
      return { ...asked, fingerprint: fingerprintOf(asked) }
    },
    asked => carryOut(context, asked),
  )

function readTenders(given: readonly TenderInput[], currency: CurrencyCode, processors: Processors): Tender[] {
  if (given.length > TENDERS_MOST) throw new InputFault('tenders', `There can be ${TENDERS_MOST} tenders at the most.`)
  const ids = new Set<string>()
  return given.map((tender, index) => {
    const field = `tenders.${index}`
    const id = readId(`${field}.id`, tender.id)
    if (ids.has(id)) throw new InputFault(`${field}.id`, 'Each tender needs an id of its own.')
    ids.add(id)
    const { token, processor } = readToken(field, tender, processors)
    return {
      ...{ id, kind: tender.kind, token, processor },
      amount: readAmountIn(
        currency,
        `${field}.amount`,
        tender.amount,
        tender.kind === 'CASH' ? 'not-negative' : 'positive',
      ),
      tip: tender.tip ? readAmountIn(currency, `${field}.tip`, tender.tip, 'not-negative') : 0n,
    }
  })
}

function readToken(field: string, tender: TenderInput, processors: Processors): Pick<Tender, 'token' | 'processor'> {
  const elsewhere = isCarriedOutElsewhere(tender.kind)
  if (!elsewhere && tender.kind !== 'GIFT_CARD') return { token: undefined, processor: undefined }
  if (!tender.token)
    throw new InputFault(
      `${field}.token`,
      elsewhere ? "This needs the processor's token." : "This needs the card's code.",
    )
  const token = readLine(`${field}.token`, tender.token, TOKEN_CHARACTERS_MOST)
  if (!elsewhere) return { token, processor: undefined }
  const processor = tender.processor ?? processors.standard
  if (processor === undefined || !processors.find(processor))
    throw new InputFault(`${field}.processor`, 'No processor of this name is set up.')
  return { token, processor }
}
