import fc from 'fast-check'
import { expect, it } from 'vitest'
import { decodeAnswer, encodeAnswer } from './idempotency-answer.ts'
import { fingerprintOf } from './idempotency-fingerprint.ts'
import { idempotencyKeyOf } from './idempotency-key.ts'

/** Any answer: plain values, bigints, dates, undefined, and objects that look as an encoded value does. */
const { answer } = fc.letrec(tie => ({
  answer: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    fc.string().filter(text => !text.includes('\0')),
    fc.double({ noNaN: true, noDefaultInfinity: true }).filter(value => !Object.is(value, -0)),
    fc.bigInt(),
    fc.date({ noInvalidDate: true }),
    fc.array(tie('answer')),
    fc.dictionary(fc.constantFrom('$bigint', '$date', '$object', '$undefined', 'name', 'total'), tie('answer')),
  ),
}))

it('keeps every answer as it was', () => {
  fc.assert(
    fc.property(answer, value => {
      const stored = JSON.parse(JSON.stringify(encodeAnswer(value)))
      expect(decodeAnswer(stored)).toEqual(value === undefined ? undefined : structuredClone(value))
    }),
    { numRuns: 500 },
  )
})

it.each([
  ['a function', () => {}],
  ['an object of a class', new Map()],
  ['not a number', Number.NaN],
  ['a text with NUL', 'a\0b'],
])('refuses to keep %s', (_what, value) => {
  expect(() => encodeAnswer({ value })).toThrow('stored')
})

it('gives the same request the same fingerprint, in whatever order its fields stand', () => {
  const at = new Date(0)
  expect(fingerprintOf({ b: 1n, a: [at, null], c: undefined })).toBe(fingerprintOf({ a: [new Date(0), null], b: 1n }))
})

it.each([
  [{ total: 1n }, { total: 1 }],
  [{ total: 1n }, { total: '1' }],
  [{ at: new Date(0) }, { at: new Date(0).toISOString() }],
  [['a', 'b'], ['ab']],
  [
    ['a', ['b']],
    [['a'], 'b'],
  ],
  [{ a: null }, {}],
  [[undefined], [null]],
  [{ a: { b: 1 } }, { a: { b: 2 } }],
])('gives %o and %o different fingerprints', (one, other) => {
  expect(fingerprintOf(one)).not.toBe(fingerprintOf(other))
})

it('refuses a fingerprint of what is no plain value', () => {
  for (const value of [new Map(), () => {}, Symbol('a'), Number.NaN, Number.POSITIVE_INFINITY])
    expect(() => fingerprintOf({ value })).toThrow('fingerprint')
})

const path = { key: 'completeSale', prev: undefined, typename: 'Mutation' }
const info = { fieldName: 'completeSale', path }

it('takes the id that the input names as the key of its field', () => {
  expect(idempotencyKeyOf({ idempotencyKey: 'header-key' }, info, 'sale-1')).toBe('completeSale:sale-1')
  expect(idempotencyKeyOf({ idempotencyKey: undefined }, { ...info, fieldName: 'voidSale' }, 'sale-1')).toBe(
    'voidSale:sale-1',
  )
})

it('takes the header with the path of the field, so that one header covers several fields', () => {
  const context = { idempotencyKey: 'header-key' }
  const second = { fieldName: 'completeSale', path: { ...path, key: 'second' } }
  expect(idempotencyKeyOf(context, info)).toBe('#header-key:completeSale')
  expect(idempotencyKeyOf(context, second)).toBe('#header-key:second')
  expect(idempotencyKeyOf({ idempotencyKey: undefined }, info, null)).toBeUndefined()
})

it('can never take a header for a named id', () => {
  const named = idempotencyKeyOf({ idempotencyKey: undefined }, { ...info, fieldName: 'header' }, 'x:completeSale')
  const header = idempotencyKeyOf({ idempotencyKey: 'x' }, info)
  expect(named).not.toBe(header)
})

it.each(['', 'a'.repeat(201), 'a b', 'ä'])('refuses %o as a key', named => {
  expect(() => idempotencyKeyOf({ idempotencyKey: undefined }, info, named)).toThrow('visible ASCII')
})
