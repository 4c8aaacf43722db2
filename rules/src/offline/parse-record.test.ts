import { expect, test } from 'vitest'
import { offlineFaultOf, sales, sampleRecord, sampleSale } from '../../test/offline-sample.ts'
import { forAll } from '../../test/random.ts'
import { parseOfflineRecord } from './parse-record.ts'
import type { OfflineRecord } from './record.ts'

const parse = (record: unknown) => parseOfflineRecord(JSON.stringify(record))
const faultIn = (record: unknown) => offlineFaultOf(() => parse(record))
const HASH = 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'

test('a record is read as it was written', () => {
  const record = sampleRecord()
  expect(parse(record)).toEqual(record)
})

test('whatever a till writes can be read, and is the same', () => {
  forAll(sales, sale => {
    const record = sampleRecord({ sale })
    expect(parse(record)).toEqual(record)
    return true
  })
})

test('the first record follows nothing, every other one something', () => {
  expect(faultIn(sampleRecord({ previous: HASH }))).toBe('MALFORMED_RECORD')
  expect(faultIn(sampleRecord({ sequence: 2 }))).toBe('MALFORMED_RECORD')
  expect(faultIn(sampleRecord({ sequence: 2, previous: HASH, acknowledged: 1 }))).toBeUndefined()
})

test('no record is answered before it is taken', () => {
  expect(faultIn(sampleRecord({ sequence: 2, previous: HASH, acknowledged: 2 }))).toBe('MALFORMED_RECORD')
})

test('a field that is missing, unknown or of another kind is refused, wherever it stands', () => {
  const faults: (string | undefined)[] = []
  const record = sampleRecord()
  const spoil = (change: (copy: Mutable) => void) => {
    const copy = JSON.parse(JSON.stringify(record))
    change(copy)
    faults.push(faultIn(copy))
  }
  for (const path of objectsIn(record)) {
    spoil(copy => {
      at(copy, path).extra = 1
    })
    for (const name of Object.keys(at(record, path))) {
      if (!OPTIONAL.has(name))
        spoil(copy => {
          delete at(copy, path)[name]
        })
      spoil(copy => {
        at(copy, path)[name] = null
      })
      spoil(copy => {
        at(copy, path)[name] = { a: 1 }
      })
    }
  }
  expect(faults.length).toBeGreaterThan(150)
  expect(new Set(faults)).toEqual(new Set(['MALFORMED_RECORD']))
})

test('an amount, a quantity and a time have one spelling each', () => {
  const totals = sampleSale().totals
  for (const total of ['25', '25.0', '25.000', '025.00', '+25.00', '2.5e1', ' 25.00'])
    expect([total, faultIn(sampleRecord({ sale: sampleSale({ totals: { ...totals, total } }) }))]).toEqual([
      total,
      'MALFORMED_RECORD',
    ])
  for (const quantity of ['1.50', '0', '-1', '1.5000'])
    expect(faultIn(sampleRecord({ sale: sampleSale({ leases: [{ ...leaseOf(sampleRecord()), quantity }] }) }))).toBe(
      'MALFORMED_RECORD',
    )
  for (const takenAt of ['2026-03-01T12:00:00Z', '2026-02-30T12:00:00.000Z', '2026-03-01T12:00:00.000+00:00'])
    expect(faultIn(sampleRecord({ takenAt }))).toBe('MALFORMED_RECORD')
})

test('a card number is refused wherever somebody could have put one', () => {
  const [card, cash] = sampleSale().tenders
  const sold = sampleSale().lines[0]
  if (!card || !cash || !sold) throw new Error('The sample has two tenders and a line')
  const number = '4242 4242 4242 4242'
  const withNumber = [
    sampleSale({ note: `card ${number}` }),
    sampleSale({ lines: [{ ...sold, note: number }] }),
    sampleSale({ tenders: [{ ...card, token: number.replaceAll(' ', '') }, cash] }),
    sampleSale({ tenders: [{ ...card, brand: number }, cash] }),
  ]
  expect(withNumber.map(sale => faultIn(sampleRecord({ sale })))).toEqual(withNumber.map(() => 'CARD_DATA'))
})

test('what is no JSON, or no object, is no record', () => {
  for (const text of ['', '{', 'null', '[]', '1', '"x"'])
    expect(offlineFaultOf(() => parseOfflineRecord(text))).toBe('MALFORMED_RECORD')
})

test('names that every object inherits are fields like any other', () => {
  expect(faultIn({ ...sampleRecord(), constructor: 1 })).toBe('MALFORMED_RECORD')
  expect(offlineFaultOf(() => parseOfflineRecord('{"__proto__":{"version":1}}'))).toBe('MALFORMED_RECORD')
})

test('a sale has lines, and no name twice', () => {
  const { lines, tenders } = sampleSale()
  expect(faultIn(sampleRecord({ sale: sampleSale({ lines: [] }) }))).toBe('MALFORMED_RECORD')
  expect(faultIn(sampleRecord({ sale: sampleSale({ lines: [...lines, ...lines] }) }))).toBe('MALFORMED_RECORD')
  expect(faultIn(sampleRecord({ sale: sampleSale({ tenders: [...tenders, ...tenders] }) }))).toBe('MALFORMED_RECORD')
})

type Mutable = Record<string, unknown>

const OPTIONAL = new Set(['tip', 'token', 'processor', 'lastFour'])

function leaseOf(record: OfflineRecord) {
  const lease = record.sale.leases[0]
  if (!lease) throw new Error('The sample has a lease')
  return lease
}

function objectsIn(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return []
  const inside = Object.entries(value).flatMap(([name, one]) => objectsIn(one, [...path, name]))
  return Array.isArray(value) ? inside : [path, ...inside]
}

function at(value: unknown, path: readonly string[]): Mutable {
  return path.reduce<unknown>((inner, name) => (inner as Mutable)[name], value) as Mutable
}
