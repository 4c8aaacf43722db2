import { OfflineFault } from './fault.ts'

const DETAIL_CHARACTERS = 60

/** One object of a record, read field by field; what is not read, and so not known, is refused at the end. */
export interface JsonObject {
  readonly path: string
  text(name: string, shape: RegExp): string
  optionalText(name: string, shape: RegExp): string | undefined
  /** A whole number from `least` to `most`. */
  whole(name: string, least: number, most: number): number
  flag(name: string): boolean
  oneOf<Value extends string>(name: string, values: readonly Value[]): Value
  object<Read>(name: string, read: (object: JsonObject) => Read): Read
  optionalObject<Read>(name: string, read: (object: JsonObject) => Read): Read | undefined
  list<Read>(name: string, most: number, read: (object: JsonObject) => Read): readonly Read[]
  texts(name: string, most: number, shape: RegExp): readonly string[]
}

/** Reads an object with exactly the fields that `read` asks for. Throws MALFORMED_RECORD and names the field. */
export function readObject<Read>(value: unknown, path: string, read: (object: JsonObject) => Read): Read {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) malformed(path)
  const fields = value as Readonly<Record<string, unknown>>
  const known = new Set<string>()
  const answer = read(reader(fields, path, known))
  for (const name of Object.keys(fields)) if (!known.has(name)) malformed(`${path}.${name}`)
  return answer
}

/** Of values that may be absent, only those that are there: `{ a: 1, b: undefined }` is `{ a: 1 }`. */
export function present<Fields extends object>(
  fields: Fields,
): { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> } {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> }
}

export function malformed(path: string): never {
  throw new OfflineFault('MALFORMED_RECORD', path.slice(0, DETAIL_CHARACTERS))
}

function reader(fields: Readonly<Record<string, unknown>>, path: string, known: Set<string>): JsonObject {
  const at = (name: string) => `${path}.${name}`
  const take = (name: string): unknown => {
    known.add(name)
    return Object.hasOwn(fields, name) ? fields[name] : undefined
  }
  const asText = (value: unknown, where: string, shape: RegExp): string =>
    typeof value === 'string' && shape.test(value) ? value : malformed(where)
  const asList = (name: string, most: number): readonly unknown[] => {
    const value = take(name)
    return Array.isArray(value) && value.length <= most ? value : malformed(at(name))
  }
  return {
    path,
    text: (name, shape) => asText(take(name), at(name), shape),
    optionalText(name, shape) {
      const value = take(name)
      return value === undefined ? undefined : asText(value, at(name), shape)
    },
    whole(name, least, most) {
      const value = take(name)
      const fits = typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= most
      return fits ? value : malformed(at(name))
    },
    flag(name) {
      const value = take(name)
      return typeof value === 'boolean' ? value : malformed(at(name))
    },
    oneOf: (name, values) => values.find(value => value === fields[name] && known.add(name)) ?? malformed(at(name)),
    object: (name, read) => readObject(take(name), at(name), read),
    optionalObject(name, read) {
      const value = take(name)
      return value === undefined ? undefined : readObject(value, at(name), read)
    },
    list: (name, most, read) =>
      asList(name, most).map((value, index) => readObject(value, `${at(name)}.${index}`, read)),
    texts: (name, most, shape) =>
      asList(name, most).map((value, index) => asText(value, `${at(name)}.${index}`, shape)),
  }
}
