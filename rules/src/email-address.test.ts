import { expect, test } from 'vitest'
import { parseEmailAddress } from './email-address.ts'

test('addresses that mail can be sent to are taken as they are', () => {
  for (const address of [
    'anna@shop.example',
    'Anna.Meier+till@mail.shop.example',
    'info@bäckerei.example',
    'ö@x.example',
  ])
    expect(parseEmailAddress(` ${address} `)).toBe(address)
})

test('what is no single address is refused', () => {
  const wrong = [
    'anna',
    'anna@',
    '@shop.example',
    'anna@shop',
    'a b@shop.example',
    'anna@shop..example',
    'a..b@shop.example',
  ]
  const hostile = [
    'anna@shop.example, eve@evil.example',
    'Anna <anna@shop.example>',
    'a@b.example\r\nBcc: eve@evil.example',
  ]
  for (const address of [...wrong, ...hostile, '', `${'a'.repeat(250)}@shop.example`])
    expect(() => parseEmailAddress(address)).toThrow()
})
