import { expect, it } from 'vitest'
import { CurrencyCodeScalar, DateScalar, DateTimeScalar, DecimalScalar } from './scalars.ts'

it.each(['0', '12.50', '-0.001', '999999999999999'])('takes %o as a decimal, as it is', text => {
  expect(DecimalScalar.parseValue(text)).toBe(text)
})

it.each(['', ' 1', '1e3', '0x10', '1,5', 'NaN', 'Infinity', '1.1234567', '9'.repeat(30), '１', 12.5, 12n, null])(
  'takes %o for no decimal',
  value => {
    expect(() => DecimalScalar.parseValue(value)).toThrow()
  },
)

it.each(['eur', 'EURO', 'XXX', '', 978])('takes %o for no currency', value => {
  expect(() => CurrencyCodeScalar.parseValue(value)).toThrow()
  expect(CurrencyCodeScalar.parseValue('EUR')).toBe('EUR')
})

it.each(['2026-02-29', '2026-13-01', '2026-1-1', '29.3.2026', '2026-03-29T00:00:00Z', 0])(
  'takes %o for no day',
  value => {
    expect(() => DateScalar.parseValue(value)).toThrow()
    expect(DateScalar.parseValue('2028-02-29')).toBe('2028-02-29')
  },
)

it.each([
  ['2026-03-29T10:15:00Z', '2026-03-29T10:15:00.000Z'],
  ['2026-03-29T10:15+02:00', '2026-03-29T08:15:00.000Z'],
  ['2026-03-29T10:15:00.123456789-05:30', '2026-03-29T15:45:00.123Z'],
])('takes %o as an instant', (text, instant) => {
  expect(DateTimeScalar.serialize(DateTimeScalar.parseValue(text))).toBe(instant)
})

it.each([
  '2026-03-29',
  '2026-03-29T10:15:00',
  '2026-03-29 10:15:00Z',
  '2026-02-30T10:15:00Z',
  '2026-03-29T25:00:00Z',
  'now',
  0,
  null,
])('takes %o for no instant', value => {
  expect(() => DateTimeScalar.parseValue(value)).toThrow()
})
