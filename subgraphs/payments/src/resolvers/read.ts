import { holdsCardNumber } from '@tillgraph/rules/card-number'
import type { CurrencyCode } from '@tillgraph/rules/currency'
import type { Sign } from '@tillgraph/rules/decimal'
import { InputFault } from '@tillgraph/rules/input-fault'
import { parseMoney } from '@tillgraph/rules/money'
import { parseNote, parseText } from '@tillgraph/rules/text'
import { isUuid } from '@tillgraph/rules/uuid'
import { invalidInput } from '../domain/problems.ts'

/** Fields of inputs; each throws InputFault, which names the field. */

export function readId(field: string, given: string): string {
  if (!isUuid(given)) throw new InputFault(field, 'This must be a UUID in lower case.')
  return given
}

export function readOptionalId(field: string, given: string | null | undefined): string | null {
  return given === null || given === undefined ? null : readId(field, given)
}

interface GivenMoney {
  readonly amount: string
  readonly currency: CurrencyCode
}

export function readAmount(field: string, given: GivenMoney, sign: Sign): bigint {
  return InputFault.at(`${field}.amount`, () => parseMoney(given.amount, given.currency, sign).minor)
}

/** As readAmount, where the currency is settled already. */
export function readAmountIn(currency: CurrencyCode, field: string, given: GivenMoney, sign: Sign): bigint {
  if (given.currency !== currency) throw new InputFault(`${field}.currency`, `This must be in ${currency}.`)
  return readAmount(field, given, sign)
}

/** Text in one line, never empty. Card numbers are refused wherever somebody could write one. */
export function readLine(field: string, given: string, charactersMost: number): string {
  return withoutCardNumber(
    field,
    InputFault.at(field, () => parseText(given, charactersMost)),
  )
}

export function readNote(field: string, given: string | null | undefined, charactersMost: number): string {
  return withoutCardNumber(
    field,
    InputFault.at(field, () => parseNote(given ?? '', charactersMost)),
  )
}

function withoutCardNumber(field: string, text: string): string {
  if (holdsCardNumber(text)) throw new InputFault(field, 'This text must not hold the number of a payment card.')
  return text
}

/** Reads an input and goes on with it, or answers with what is wrong with it. */
export async function reading<Input, Answer>(
  read: () => Input,
  goOn: (input: Input) => Answer | Promise<Answer>,
): Promise<Answer | ReturnType<typeof invalidInput>> {
  let input: Input
  try {
    input = read()
  } catch (error) {
    if (error instanceof InputFault) return invalidInput(error.field, error.message)
    throw error
  }
  return goOn(input)
}
