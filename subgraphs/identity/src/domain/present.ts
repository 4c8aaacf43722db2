/** The values that are given, as a change is written: a key whose value is undefined is left as it was. */
export function present<Values extends object>(values: Values) {
  const given = Object.entries(values).filter(([, value]) => value !== undefined)
  return Object.fromEntries(given) as { [Name in keyof Values]?: Exclude<Values[Name], undefined> }
}
