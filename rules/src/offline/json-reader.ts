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
  const reader = new FieldReader(fields, path)
  const answer = read(reader)
  for (const name of Object.keys(fields)) if (!reader.known.includes(name)) malformed(`${path}.${name}`)
  return answer
}

/** Of values that may be absent, only those that are there: `{ a: 1, b: undefined }` is `{ a: 1 }`. */
export function present<Fields extends object>(
  fields: Fields,
): { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> } {
  const found: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) found[name] = value
  return found as { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> }
}

export function malformed(path: string): never {
  throw new OfflineFault('MALFORMED_RECORD', path.slice(0, DETAIL_CHARACTERS))
}

/** A class, for a record has some dozen objects and each would have a dozen functions of its own. */
class FieldReader implements JsonObject {
  readonly path: string
  readonly known: string[] = []
  readonly #fields: Readonly<Record<string, unknown>>

  constructor(fields: Readonly<Record<string, unknown>>, path: string) {
    this.path = path
    this.#fields = fields
  }

  text(name: string, shape: RegExp): string {
    const value = this.#take(name)
    return typeof value === 'string' && shape.test(value) ? value : this.#refuse(name)
  }

  optionalText(name: string, shape: RegExp): string | undefined {
    const value = this.#take(name)
    if (value === undefined) return undefined
    return typeof value === 'string' && shape.test(value) ? value : this.#refuse(name)
  }

  whole(name: string, least: number, most: number): number {
    const value = this.#take(name)
    const fits = typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= most
    return fits ? value : this.#refuse(name)
  }

  flag(name: string): boolean {
    const value = this.#take(name)
    return typeof value === 'boolean' ? value : this.#refuse(name)
  }

  oneOf<Value extends string>(name: string, values: readonly Value[]): Value {
    const value = this.#take(name)
    return values.find(one => one === value) ?? this.#refuse(name)
  }

  object<Read>(name: string, read: (object: JsonObject) => Read): Read {
    return readObject(this.#take(name), `${this.path}.${name}`, read)
  }

  optionalObject<Read>(name: string, read: (object: JsonObject) => Read): Read | undefined {
    const value = this.#take(name)
    return value === undefined ? undefined : readObject(value, `${this.path}.${name}`, read)
  }

  list<Read>(name: string, most: number, read: (object: JsonObject) => Read): readonly Read[] {
    return this.#list(name, most).map((value, index) => readObject(value, `${this.path}.${name}.${index}`, read))
  }

  texts(name: string, most: number, shape: RegExp): readonly string[] {
    return this.#list(name, most).map((value, index) =>
      typeof value === 'string' && shape.test(value) ? value : this.#refuse(`${name}.${index}`),
    )
  }

  #list(name: string, most: number): readonly unknown[] {
    const value = this.#take(name)
    return Array.isArray(value) && value.length <= most ? value : this.#refuse(name)
  }

  #take(name: string): unknown {
    this.known.push(name)
    return Object.hasOwn(this.#fields, name) ? this.#fields[name] : undefined
  }

  #refuse(name: string): never {
    return malformed(`${this.path}.${name}`)
  }
}
