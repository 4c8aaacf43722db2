import type { CurrencyCode } from '@tillgraph/rules/currency'
import type { Sign } from '@tillgraph/rules/decimal'
import { InputFault } from '@tillgraph/rules/input-fault'
import { readId, withoutCardNumber } from '@tillgraph/rules/input-fields'
import { parseMoney } from '@tillgraph/rules/money'
import { parseText } from '@tillgraph/rules/text'
import { invalidInput } from '../domain/problems.ts'

/** Fields of inputs; each throws InputFault, which names the field. */

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

/** Text in one line, never empty. */
export function readLine(field: string, given: string, charactersMost: number): string {
  return withoutCardNumber(
    field,
    InputFault.at(field, () => parseText(given, charactersMost)),
  )
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
