import { describe, expect, test } from 'vitest'
import { changedNames, changedValues } from './audit.ts'
import { parseEmail, parsePhone } from './contact.ts'
import { readSearch } from './customer.ts'
import { enrolmentCode, parseEnrolmentCode } from './enrolment.ts'
import { escapeLike, fold } from './fold.ts'
import { checkPassword } from './password.ts'
import { field, optionalField, readInput, refuseField } from './problems.ts'
import { parseCountry, parseSlug } from './tenant.ts'
import { parseUserName } from './user.ts'

describe('a text that is compared', () => {
  test.each([
    ['Zoë  MÜLLER ', 'zoe muller'],
    ['Straße', 'strasse'],
    ['Łódź', 'lodz'],
    ['Ærøskøbing', 'aeroskobing'],
    ['山田　太郎', '山田 太郎'],
    ['a\u0000b', 'a b'],
    ['ＦＵＬＬ', 'full'],
  ])('%j is %j', (given, folded) => {
    expect(fold(given)).toBe(folded)
    expect(fold(folded)).toBe(folded)
  })

  test('means nothing but itself in a pattern', () => {
    expect(escapeLike('100%_\\')).toBe('100\\%\\_\\\\')
  })
})

describe('an e-mail', () => {
  test.each(['anna@shop.example', "o'neil+news@sub.shop.example", 'jürgen@münchen.example'])('%s is one', text => {
    expect(parseEmail(text.toUpperCase()).key).toBe(text.toLowerCase())
  })
  test.each([
    '',
    'a',
    'a@b',
    'a@@b.c',
    'a b@c.de',
    '<a@b.ch>',
    'a@b..ch',
    'a@-b.ch',
    `${'a'.repeat(65)}@b.ch`,
    'a@b.ch\u0000',
  ])('%j is none', text => {
    expect(() => parseEmail(text)).toThrow()
  })
})

describe('a phone', () => {
  test.each([
    ['+41 (44) 123-45-67', '+41441234567'],
    ['0041 44 123 45 67', '+41441234567'],
    ['044/123.45.67', '0441234567'],
  ])('%s is compared as %s', (text, key) => {
    expect(parsePhone(text).key).toBe(key)
  })
  test.each(['', '+', '123', 'call me', '1'.repeat(16), '12+34567'])('%j is none', text => {
    expect(() => parsePhone(text)).toThrow()
  })
})

describe('a short name', () => {
  test.each(['abc', 'a-1', 'x'.repeat(40)])('%s is one', slug => {
    expect(parseSlug(slug)).toBe(slug)
  })
  test.each(['ab', '-ab', 'ab-', 'a--b', 'A1b', 'a b', 'x'.repeat(41), 'é-é'])('%j is none', slug => {
    expect(() => parseSlug(slug)).toThrow()
  })
})

test('a country is one that there is', () => {
  expect(['CH', 'JP', 'XK'].map(parseCountry)).toEqual(['CH', 'JP', 'XK'])
  for (const text of ['ZZ', 'XX', 'EU', 'ch', 'CHE', '']) expect(() => parseCountry(text), text).toThrow()
})

test('a user name can never be an e-mail', () => {
  expect(parseUserName('Zoë.M-1_x')).toEqual({ text: 'Zoë.M-1_x', key: 'zoë.m-1_x' })
  for (const text of ['a', 'a@b', '.ab', 'ab.', 'a b', 'x'.repeat(41)])
    expect(() => parseUserName(text), text).toThrow()
})

describe('a password', () => {
  const check = (password: string) => {
    const read = readInput(() => ({
      password: checkPassword('p', password, { userName: 'anna-maria', email: 'anna@shop-of-anna.example' }),
    }))
    return 'field' in read ? 'refused' : 'taken'
  }
  test.each(['salt and vinegar', `${'😀'.repeat(4)}abcdef`, 'x7!kQ9#mZ2', '0193847561'])('%s is taken', password => {
    expect(check(password)).toBe('taken')
  })
  test.each([
    'too short',
    'password2026',
    'P4ssw0rd!!!!',
    'QWERTYUIOP',
    '1234567890',
    'aaaaaaaaaaaa',
    'anna-maria',
    'Anna@Shop-Of-Anna.example',
    'ILoveYou!!!',
    'x'.repeat(201),
  ])('%s is refused', password => {
    expect(check(password)).toBe('refused')
  })
})

describe('an enrolment code', () => {
  test('is sixteen characters that nobody misreads, and is read as it is typed', () => {
    const code = enrolmentCode(Buffer.from('00ff10ab99cdef012345', 'hex'))
    expect(code).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/)
    const bare = code.replaceAll('-', '')
    expect(parseEnrolmentCode(` ${code.toLowerCase()} `)).toBe(bare)
    expect(parseEnrolmentCode(bare.replaceAll('0', 'o').replaceAll('1', 'l'))).toBe(bare)
  })

  test('holds all 80 bits', () => {
    const first = enrolmentCode(Buffer.from('00000000000000000001', 'hex'))
    const last = enrolmentCode(Buffer.from('ffffffffffffffffffff', 'hex'))
    expect([first, last]).toEqual(['0000-0000-0000-0001', 'ZZZZ-ZZZZ-ZZZZ-ZZZZ'])
  })

  test.each(['', 'U'.repeat(16), '0'.repeat(15), '0'.repeat(17)])('%j is none', text => {
    expect(() => parseEnrolmentCode(text)).toThrow()
  })
})

test('a search is for nothing, for a beginning, or for what is alike', () => {
  expect(readSearch('  ')).toEqual({ kind: 'none' })
  expect(readSearch('Zo')).toEqual({ kind: 'prefix', text: 'zo' })
  expect(readSearch('Zoë')).toEqual({ kind: 'similar', text: 'zoe' })
  expect(readSearch('044 12')).toEqual({ kind: 'similar', text: '04412' })
})

test('the trail keeps what changed: of a customer, only that it did', () => {
  const before = { name: 'Anna', note: '', version: 1, small: 5n }
  const after = { name: 'Anna', note: 'x', version: undefined, small: 6n }
  expect(changedValues(before, after)).toEqual({ before: { note: '', small: '5' }, after: { note: 'x', small: '6' } })
  expect(changedNames(before, after)).toEqual({ changed: ['note', 'small'] })
})

test('of an input the first fault is told, by the name of its field', () => {
  const read = readInput(() => ({
    a: optionalField('a', null, () => refuseField('a', 'never read')),
    b: field('b', () => parseSlug('!')),
    c: field('c', () => parseSlug('!')),
  }))
  expect(read).toMatchObject({ __typename: 'InvalidInput', code: 'INVALID_INPUT', field: 'b' })
  expect(() => readInput(() => JSON.parse('{'))).toThrow(SyntaxError)
})
