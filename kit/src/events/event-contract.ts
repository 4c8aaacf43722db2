import { z } from 'zod'
import { makeId } from '../ids.ts'

const NAME = /^[a-z]+(\.[a-z]+(_[a-z]+)*){2}\.v[1-9]\d*$/

/** What an event carries on its way, before a consumer has checked it. */
export type WirePayload = Readonly<Record<string, unknown>>

/** An event as its producer hands it to the outbox: checked, and in the form in which it travels. */
export interface NewEvent {
  readonly id: string
  /** `<subgraph>.<noun>.<past>.v<N>`. */
  readonly name: string
  readonly producer: string
  readonly aggregateId: string
  readonly payload: WirePayload
}

/** What producer and consumers of an event agree on. Another shape is another version, beside the old one. */
export interface EventContract<Payload> {
  readonly name: string
  readonly producer: string
  /** An event to write; throws when the payload is not what the contract says. */
  of(aggregateId: string, payload: Payload, id?: string): NewEvent
  /** Reads a payload that arrived; throws when it is not what the contract says. */
  read(payload: unknown): Payload
}

/**
 * Declares an event. `payload` is an object of plain values; what JSON does not know (bigint, Date) is declared by
 * the codecs below, so that code sees the value and the outbox the text.
 */
export function defineEvent<Shape extends z.ZodRawShape>(
  name: string,
  payload: z.ZodObject<Shape>,
): EventContract<z.output<z.ZodObject<Shape>>> {
  if (!NAME.test(name)) throw new Error(`An event is named <subgraph>.<noun>.<past>.v<N>, not ${name}`)
  const producer = name.slice(0, name.indexOf('.'))
  return {
    name,
    producer,
    of(aggregateId, given, id = makeId()) {
      return { id, name, producer, aggregateId, payload: z.encode(payload, given) as WirePayload }
    },
    read: arrived => z.decode(payload, arrived as z.input<z.ZodObject<Shape>>),
  }
}

/** A whole number of any size: minor units of money, thousandths of a quantity. Text on the way. */
export const wholeNumber = z.codec(z.string().regex(/^-?\d{1,30}$/), z.bigint(), {
  decode: text => BigInt(text),
  encode: value => value.toString(),
})

/** A moment. ISO 8601 in UTC on the way. */
export const instant = z.codec(z.iso.datetime(), z.date(), {
  decode: text => new Date(text),
  encode: value => value.toISOString(),
})
