import { hasRightCheckDigit } from './barcode.ts'

/** Where a card number stands in a text. The number itself is never handed on. */
export interface FoundCardNumber {
  readonly issuer: string
  /** Offsets into the text, as String.slice takes them. */
  readonly start: number
  readonly end: number
}

interface Issuer {
  readonly name: string
  /** Ranges of leading digits, both ends included and of equal length. */
  readonly prefixes: readonly (readonly [string, string])[]
  readonly lengths: readonly number[]
}

const SIXTEEN_TO_NINETEEN = [16, 17, 18, 19]

// Maestro's old 6* range is only named where it is in use: all of it would take in every other order number.
const issuers: readonly Issuer[] = [
  { name: 'Visa', prefixes: [['4', '4']], lengths: [13, 16, 18, 19] },
  {
    name: 'Mastercard',
    prefixes: [
      ['51', '55'],
      ['2221', '2720'],
    ],
    lengths: [16],
  },
  {
    name: 'American Express',
    prefixes: [
      ['34', '34'],
      ['37', '37'],
    ],
    lengths: [15],
  },
  {
    name: 'Discover',
    prefixes: [
      ['6011', '6011'],
      ['644', '649'],
      ['65', '65'],
      ['622126', '622925'],
    ],
    lengths: SIXTEEN_TO_NINETEEN,
  },
  { name: 'Diners Club', prefixes: [['36', '36']], lengths: [14, ...SIXTEEN_TO_NINETEEN] },
  {
    name: 'Diners Club',
    prefixes: [
      ['300', '305'],
      ['3095', '3095'],
      ['38', '39'],
    ],
    lengths: [14, ...SIXTEEN_TO_NINETEEN],
  },
  { name: 'JCB', prefixes: [['3528', '3589']], lengths: SIXTEEN_TO_NINETEEN },
  {
    name: 'UnionPay',
    prefixes: [
      ['62', '62'],
      ['81', '81'],
    ],
    lengths: SIXTEEN_TO_NINETEEN,
  },
  {
    name: 'Maestro',
    prefixes: [
      ['5018', '5018'],
      ['5020', '5020'],
      ['5038', '5038'],
      ['5612', '5612'],
      ['5893', '5893'],
      ['6304', '6304'],
      ['6759', '6759'],
      ['6761', '6763'],
    ],
    lengths: [13, 14, 15, ...SIXTEEN_TO_NINETEEN],
  },
  { name: 'Mir', prefixes: [['2200', '2204']], lengths: SIXTEEN_TO_NINETEEN },
  { name: 'Dankort', prefixes: [['5019', '5019']], lengths: [16] },
  {
    name: 'RuPay',
    prefixes: [
      ['60', '60'],
      ['82', '82'],
      ['508', '508'],
    ],
    lengths: [16],
  },
  {
    name: 'Verve',
    prefixes: [
      ['506099', '506198'],
      ['507865', '507964'],
    ],
    lengths: [16, 18, 19],
  },
  {
    name: 'Elo',
    prefixes: [
      ['506699', '506778'],
      ['509000', '509999'],
      ['636297', '636368'],
    ],
    lengths: [16],
  },
  { name: 'Troy', prefixes: [['9792', '9792']], lengths: [16] },
  {
    name: 'Uzcard or Humo',
    prefixes: [
      ['8600', '8600'],
      ['9860', '9860'],
    ],
    lengths: [16],
  },
]

const SHORTEST = 13
const LONGEST = 19
const EAN_13_DIGITS = 13
const LONGEST_PHONE_DIGITS = 15

/** As 4-4-4-4-3 and 4-6-5 are written, with one to spare; a table of single digits is not a card. */
const MAX_GROUPS = 6

/** " - " between two groups, but no gap wide enough to be a column. */
const MAX_SEPARATORS_BETWEEN_GROUPS = 3

const SEPARATOR = /[\p{Zs}\p{Pd}\u00ad\u200b-\u200d\u2060\u2212\ufeff]/u
const ANY_DIGIT = /\p{Nd}/u

// An id in the form of a UUID may hold a run of digits by chance. One of digits alone is no UUID that anybody makes.
const UUID = /(?=[0-9-]{0,35}[a-f])[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi

/** Digits that stand together, in ASCII, and where. */
interface DigitGroup {
  readonly digits: string
  readonly start: number
  readonly end: number
  /** Whether only a few separators stand between this group and the one before it. */
  readonly joined: boolean
  readonly afterPlus: boolean
}

export function holdsCardNumber(text: string): boolean {
  return findCardNumbers(text, 1).length > 0
}

/**
 * Card numbers in free text: digits of any script, in one run or in groups between spaces or dashes, with the prefix
 * and the length of an issuer and the right Luhn digit. Time grows with the length of the text and no faster: each
 * group starts at most MAX_GROUPS candidates.
 */
export function findCardNumbers(text: string, atMost = 100): FoundCardNumber[] {
  const groups = digitGroups(text.replace(UUID, id => '.'.repeat(id.length)))
  const found: FoundCardNumber[] = []
  for (let first = 0; first < groups.length && found.length < atMost; first += 1) {
    const last = lastGroupOfCard(groups, first)
    const start = groups[first]
    const end = last === undefined ? undefined : groups[last.group]
    if (last === undefined || start === undefined || end === undefined) continue
    found.push({ issuer: last.issuer, start: start.start, end: end.end })
    first = last.group
  }
  return found
}

function lastGroupOfCard(groups: readonly DigitGroup[], first: number): { group: number; issuer: string } | undefined {
  let digits = ''
  for (let group = first; group < Math.min(first + MAX_GROUPS, groups.length); group += 1) {
    const next = groups[group]
    if (next === undefined || (group > first && !next.joined)) return undefined
    digits += next.digits
    if (digits.length > LONGEST) return undefined
    if (digits.length < SHORTEST) continue
    if (groups[first]?.afterPlus === true && digits.length <= LONGEST_PHONE_DIGITS) continue
    // Visa stopped issuing thirteen digits long ago; the shelves are full of EAN-13 that begin with a 4.
    if (group === first && digits.length === EAN_13_DIGITS && hasRightCheckDigit(digits)) continue
    const issuer = issuerOf(digits)
    if (issuer !== undefined && hasLuhnDigit(digits)) return { group, issuer }
  }
  return undefined
}

function issuerOf(digits: string): string | undefined {
  const issuer = issuers.find(
    ({ prefixes, lengths }) =>
      lengths.includes(digits.length) &&
      prefixes.some(([from, to]) => {
        const lead = digits.slice(0, from.length)
        return lead >= from && lead <= to
      }),
  )
  return issuer?.name
}

/** ISO/IEC 7812: every second digit from the right is doubled, its digits summed; the whole is a multiple of ten. */
export function hasLuhnDigit(digits: string): boolean {
  let sum = 0
  for (let index = 0; index < digits.length; index += 1) {
    const digit = Number(digits[index])
    const doubled = (digits.length - index) % 2 === 0 ? digit * 2 : digit
    sum += doubled > 9 ? doubled - 9 : doubled
  }
  return sum % 10 === 0
}

function digitGroups(text: string): DigitGroup[] {
  const groups: DigitGroup[] = []
  // Too long a run is no card and is never joined: it stays bounded by being forgotten.
  let digits: string[] = []
  let start = 0
  let separators = 0
  let unbroken = false
  let plus = false
  let position = 0
  const close = () => {
    if (digits.length === 0) return
    groups.push({ digits: digits.join(''), start, end: position, joined: unbroken, afterPlus: plus })
    digits = []
    separators = 0
    unbroken = true
    plus = false
  }
  for (const character of text) {
    const digit = digitValue(character)
    if (digit !== undefined) {
      if (digits.length === 0) start = position
      if (digits.length <= LONGEST) digits.push(digit)
    } else {
      close()
      separators += 1
      if (!SEPARATOR.test(character) || separators > MAX_SEPARATORS_BETWEEN_GROUPS) unbroken = false
      plus = character === '+' || (plus && SEPARATOR.test(character))
    }
    position += character.length
  }
  close()
  return groups
}

// Unicode keeps the ten decimal digits of a script in a row, zero first, and lets no rows begin midway.
function digitValue(character: string): string | undefined {
  if (character >= '0' && character <= '9') return character
  if (character <= '\u007f' || !ANY_DIGIT.test(character)) return undefined
  const code = character.codePointAt(0) ?? 0
  let before = 0
  while (ANY_DIGIT.test(String.fromCodePoint(code - before - 1))) before += 1
  return String(before % 10)
}
