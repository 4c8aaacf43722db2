export const units = [
  'PIECE',
  'KILOGRAM',
  'GRAM',
  'LITRE',
  'MILLILITRE',
  'METRE',
  'SQUARE_METRE',
  'CUBIC_METRE',
  'HOUR',
] as const

/** What a quantity is counted in. */
export type Unit = (typeof units)[number]

export const QUANTITY_DECIMALS_MOST = 3

const decimalsByUnit: Readonly<Record<Unit, number>> = {
  PIECE: 0,
  KILOGRAM: 3,
  GRAM: 0,
  LITRE: 3,
  MILLILITRE: 0,
  METRE: 3,
  SQUARE_METRE: 3,
  CUBIC_METRE: 3,
  HOUR: 2,
}

/** How many decimals a quantity has where nobody says otherwise. */
export function customaryDecimals(unit: Unit): number {
  return decimalsByUnit[unit]
}

/** Whether scales can tell how much of it there is. */
export function isWeighed(unit: Unit): boolean {
  return unit === 'KILOGRAM' || unit === 'GRAM'
}
