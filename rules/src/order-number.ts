import { RuleFault } from './fault.ts'

/** How a store writes its order numbers: "B-000123", or with a check digit "B-0001234". */
export interface OrderNumberFormat {
  /** Up to six capitals, digits and dashes, ending in no digit, so that it cannot run into the number. */
  readonly prefix: string
  /** The number is filled up with zeros to this many digits; it may grow beyond. */
  readonly digits: number
  /** Whether a check digit follows, which finds every mistyped digit and every two swapped neighbours. */
  readonly checkDigit: boolean
}

/** Consecutive numbers that one register may hand out by itself, offline too. */
export interface OrderNumberBlock {
  readonly first: bigint
  readonly last: bigint
  /** The number that comes next; last + 1 when the block is used up. */
  readonly next: bigint
}

export const MAX_ORDER_NUMBER = 9_999_999_999n
export const MAX_BLOCK_NUMBERS = 10_000n

const PREFIX = /^(?:[A-Z0-9-]{0,5}[A-Z-])?$/
const MAX_DIGITS = 10

/** Refuses a format whose numbers could not be read back: to be called where a store is set up. */
export function checkOrderNumberFormat(format: OrderNumberFormat): OrderNumberFormat {
  const digitsFit = Number.isInteger(format.digits) && format.digits >= 1 && format.digits <= MAX_DIGITS
  if (!PREFIX.test(format.prefix) || !digitsFit)
    throw new RuleFault('MALFORMED_NUMBER_FORMAT', format.prefix.slice(0, 20))
  return format
}

export function formatOrderNumber(format: OrderNumberFormat, number: bigint): string {
  if (number < 1n || number > MAX_ORDER_NUMBER) throw new RuleFault('OUT_OF_BOUNDS', number.toString())
  const digits = number.toString().padStart(checkOrderNumberFormat(format).digits, '0')
  return format.prefix + digits + (format.checkDigit ? dammDigit(digits) : '')
}

/** The number in what a person typed: case and spaces do not matter, nor does a prefix or a leading zero left out. */
export function parseOrderNumber(format: OrderNumberFormat, typed: string): bigint {
  const { prefix, checkDigit } = checkOrderNumberFormat(format)
  if (typed.length > 2 * (prefix.length + MAX_DIGITS + 1)) throw new RuleFault('MALFORMED_ORDER_NUMBER')
  const text = typed.replace(/\s/g, '').toUpperCase()
  const digits = prefix !== '' && text.startsWith(prefix) ? text.slice(prefix.length) : text
  if (!/^[0-9]{1,11}$/.test(digits)) throw new RuleFault('MALFORMED_ORDER_NUMBER', text)
  if (checkDigit && dammDigit(digits) !== '0') throw new RuleFault('WRONG_CHECK_DIGIT', text)
  const number = BigInt(checkDigit ? digits.slice(0, -1) || '0' : digits)
  if (number < 1n || number > MAX_ORDER_NUMBER) throw new RuleFault('MALFORMED_ORDER_NUMBER', text)
  return number
}

/** A block of the next numbers of a store, and the number its counter stands at afterwards. */
export function takeBlock(nextOfStore: bigint, size: bigint): { block: OrderNumberBlock; nextOfStore: bigint } {
  if (size < 1n || size > MAX_BLOCK_NUMBERS) throw new RuleFault('OUT_OF_BOUNDS', size.toString())
  const last = nextOfStore + size - 1n
  if (nextOfStore < 1n || last > MAX_ORDER_NUMBER) throw new RuleFault('OUT_OF_BOUNDS', last.toString())
  return { block: { first: nextOfStore, last, next: nextOfStore }, nextOfStore: last + 1n }
}

/** The next number of a block, and the block without it. */
export function takeNumber(block: OrderNumberBlock): { number: bigint; block: OrderNumberBlock } {
  if (block.next > block.last) throw new RuleFault('BLOCK_USED_UP', `${block.first} to ${block.last}`)
  return { number: block.next, block: { ...block, next: block.next + 1n } }
}

export function numbersLeft(block: OrderNumberBlock): bigint {
  return block.last - block.next + 1n
}

/** Whether a register that claims a number offline had it to give. */
export function holdsNumber(block: OrderNumberBlock, number: bigint): boolean {
  return number >= block.first && number <= block.last
}

// H. M. Damm's quasigroup of order ten: totally anti-symmetric, with zeros on its diagonal, so that a number followed
// by its own check digit always comes to zero.
const DAMM = [
  '0317598642',
  '7092154863',
  '4206871359',
  '1750983426',
  '6123045978',
  '3674209581',
  '5869720134',
  '8945362017',
  '9438617205',
  '2581436790',
]

function dammDigit(digits: string): string {
  let interim = 0
  for (const digit of digits) interim = Number(DAMM[interim]?.[Number(digit)])
  return String(interim)
}
