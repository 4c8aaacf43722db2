import { formatOrderNumber, parseOrderNumber } from '@tillgraph/rules/order-number'

const FORMAT = { prefix: '', digits: 6, checkDigit: false } as const

/** As it stands on the receipt: 000042. */
export function formatNumber(number: bigint): string {
  return formatOrderNumber(FORMAT, number)
}

/** As somebody typed it, with or without its zeros. */
export function parseNumber(typed: string): bigint {
  return parseOrderNumber(FORMAT, typed)
}
