import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { faultOf } from '../test/fault.ts'
import { forAll } from '../test/random.ts'
import {
  checkOrderNumberFormat,
  formatOrderNumber,
  holdsNumber,
  MAX_ORDER_NUMBER,
  numbersLeft,
  type OrderNumberFormat,
  parseOrderNumber,
  takeBlock,
  takeNumber,
} from './order-number.ts'

const plain: OrderNumberFormat = { prefix: 'B-', digits: 6, checkDigit: false }
const checked: OrderNumberFormat = { prefix: 'B-', digits: 6, checkDigit: true }
const formats = fc.record({
  prefix: fc.constantFrom('', 'B-', 'ZH2-', 'K', 'A1-B2-'),
  digits: fc.integer({ min: 1, max: 10 }),
  checkDigit: fc.boolean(),
})
const numbers = fc.oneof(fc.bigInt({ min: 1n, max: 9999n }), fc.bigInt({ min: 1n, max: MAX_ORDER_NUMBER }))

describe('an order number', () => {
  it('is filled up with zeros and grows beyond them', () => {
    expect(formatOrderNumber(plain, 123n)).toBe('B-000123')
    expect(formatOrderNumber(plain, 12_345_678n)).toBe('B-12345678')
    expect(formatOrderNumber({ prefix: '', digits: 1, checkDigit: false }, 7n)).toBe('7')
  })

  it('ends in a check digit where the store wants one', () => {
    // Damm's own example: 572 has the check digit 4.
    expect(formatOrderNumber({ prefix: '', digits: 1, checkDigit: true }, 572n)).toBe('5724')
  })

  it('is found however it is typed', () => {
    expect(['B-000123', 'b-000123', ' B- 123 ', '123', '000123'].map(typed => parseOrderNumber(plain, typed))).toEqual(
      new Array(5).fill(123n),
    )
  })

  it.each(['', 'B-', 'C-000123', 'B-12a', 'B-0', '-1', '1.5', '99999999999', 'B-１２', '1'.repeat(100_000)])(
    '%s is refused',
    typed => {
      expect(faultOf(() => parseOrderNumber(plain, typed))).toBe('MALFORMED_ORDER_NUMBER')
    },
  )

  it('comes back the same in every format', () => {
    forAll(fc.tuple(formats, numbers), ([format, number]) => {
      return parseOrderNumber(format, formatOrderNumber(format, number)) === number
    })
  })

  it('is never another order for one wrong digit or two swapped neighbours', () => {
    forAll(fc.tuple(numbers, fc.nat(20), fc.integer({ min: 1, max: 9 })), ([number, at, by]) => {
      const right = formatOrderNumber(checked, number)
      const from = checked.prefix.length
      const position = from + (at % (right.length - from))
      const changed = right.slice(0, position) + String((Number(right[position]) + by) % 10) + right.slice(position + 1)
      const swapped =
        right.slice(0, position) + (right[position + 1] ?? '') + right[position] + right.slice(position + 2)
      const refused = (text: string) => faultOf(() => parseOrderNumber(checked, text)) === 'WRONG_CHECK_DIGIT'
      return refused(changed) && (swapped === right || refused(swapped))
    })
  })

  it('below one or beyond ten digits is refused', () => {
    expect(faultOf(() => formatOrderNumber(plain, 0n))).toBe('OUT_OF_BOUNDS')
    expect(faultOf(() => formatOrderNumber(plain, MAX_ORDER_NUMBER + 1n))).toBe('OUT_OF_BOUNDS')
  })
})

describe('a format', () => {
  it.each([
    ['B1', 6],
    ['b-', 6],
    ['B ', 6],
    ['TOOLONG', 6],
    ['B-', 0],
    ['B-', 11],
    ['B-', 1.5],
  ])('with prefix %j and %s digits is refused', (prefix, digits) => {
    expect(faultOf(() => checkOrderNumberFormat({ prefix, digits, checkDigit: false }))).toBe('MALFORMED_NUMBER_FORMAT')
  })
})

describe('blocks of numbers', () => {
  it('hand out each number once, in order, and then no more', () => {
    const { block, nextOfStore } = takeBlock(101n, 3n)
    expect([block, nextOfStore]).toEqual([{ first: 101n, last: 103n, next: 101n }, 104n])
    const one = takeNumber(block)
    const two = takeNumber(one.block)
    const three = takeNumber(two.block)
    expect([one.number, two.number, three.number, numbersLeft(three.block)]).toEqual([101n, 102n, 103n, 0n])
    expect(faultOf(() => takeNumber(three.block))).toBe('BLOCK_USED_UP')
  })

  it('of several registers never overlap and leave no gap', () => {
    forAll(fc.array(fc.bigInt({ min: 1n, max: 50n }), { minLength: 1, maxLength: 20 }), sizes => {
      let next = 1n
      const given: bigint[] = []
      for (const size of sizes) {
        const taken = takeBlock(next, size)
        next = taken.nextOfStore
        let { block } = taken
        while (numbersLeft(block) > 0n) {
          const step = takeNumber(block)
          if (!holdsNumber(taken.block, step.number)) return false
          given.push(step.number)
          block = step.block
        }
      }
      return given.every((number, index) => number === BigInt(index + 1)) && BigInt(given.length) === next - 1n
    })
  })

  it('say which numbers are theirs', () => {
    const { block } = takeBlock(101n, 3n)
    expect([100n, 101n, 103n, 104n].map(number => holdsNumber(block, number))).toEqual([false, true, true, false])
  })

  it('of nothing, of too much or beyond the last number are refused', () => {
    expect(faultOf(() => takeBlock(1n, 0n))).toBe('OUT_OF_BOUNDS')
    expect(faultOf(() => takeBlock(1n, 10_001n))).toBe('OUT_OF_BOUNDS')
    expect(faultOf(() => takeBlock(MAX_ORDER_NUMBER, 2n))).toBe('OUT_OF_BOUNDS')
    expect(faultOf(() => takeBlock(0n, 1n))).toBe('OUT_OF_BOUNDS')
  })
})
