/**
 * A Postgres array of ids or whole numbers as text. The driver would look at each element for characters to escape,
 * and these have none.
 */
export function arrayText(values: readonly (string | bigint | number | null)[]): string {
  return `{${values.map(value => value ?? 'NULL').join(',')}}`
}
