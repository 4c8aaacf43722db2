import { isCurrencyCode } from '@tillgraph/rules/currency'
import { parseDecimal } from '@tillgraph/rules/decimal'
import { formatMoney, type Money } from '@tillgraph/rules/money'
import { GraphQLError, GraphQLScalarType, Kind, type ValueNode } from 'graphql'

const DECIMALS_MOST = 6
const DECIMAL_MOST = 10n ** 21n
const DATE = /^\d{4}-\d{2}-\d{2}$/
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/

/** Checked to be a plain decimal here; how many decimals and what bound it may have is known where it is used. */
export const DecimalScalar = textScalar('Decimal', text => {
  parseDecimal(text, DECIMALS_MOST, DECIMAL_MOST)
  return text
})

export const CurrencyCodeScalar = textScalar('CurrencyCode', text => {
  if (!isCurrencyCode(text)) throw new GraphQLError('This is not a currency code of ISO 4217, such as EUR.')
  return text
})

export const DateScalar = textScalar('Date', text => {
  if (!isDay(text)) throw new GraphQLError('This is not a day, such as 2026-03-29.')
  return text
})

export const DateTimeScalar = new GraphQLScalarType<Date, string>({
  name: 'DateTime',
  serialize: value => (value instanceof Date ? value : new Date(value as string)).toISOString(),
  parseValue: readInstant,
  parseLiteral: node => readInstant(textOf(node)),
})

function readInstant(value: unknown): Date {
  const instant =
    typeof value === 'string' && INSTANT.test(value) && isDay(value.slice(0, 10)) ? new Date(value) : undefined
  if (!instant || Number.isNaN(instant.getTime()))
    throw new GraphQLError('This is not an instant with its offset, such as 2026-03-29T10:15:00.000Z.')
  return instant
}

/** JavaScript reads the 30th of February as the 2nd of March. */
function isDay(text: string): boolean {
  return DATE.test(text) && !Number.isNaN(Date.parse(text)) && new Date(text).toISOString().slice(0, 10) === text
}

/** A scalar that is text on the wire and in code; `read` checks what came in and throws what is wrong with it. */
function textScalar(name: string, read: (text: string) => string): GraphQLScalarType<string, string> {
  const parse = (value: unknown) => {
    if (typeof value !== 'string') throw new GraphQLError(`${name} must be given as text.`)
    return read(value)
  }
  return new GraphQLScalarType({
    name,
    serialize: value => String(value),
    parseValue: parse,
    parseLiteral: node => parse(textOf(node)),
  })
}

function textOf(node: ValueNode): unknown {
  return node.kind === Kind.STRING ? node.value : undefined
}

/** Resolvers that every subgraph has: the scalars, and an amount as text. */
export const sharedResolvers = {
  Decimal: DecimalScalar,
  CurrencyCode: CurrencyCodeScalar,
  Date: DateScalar,
  DateTime: DateTimeScalar,
  Money: { amount: (money: Money) => formatMoney(money) },
}
