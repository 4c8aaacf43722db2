import { expect, test } from 'vitest'
import { createPasswords } from './passwords.ts'

test('a password fits its own hash, however its letters are composed, and no other', async () => {
  const passwords = createPasswords()
  const hash = await passwords.hash('cr\u00e8me br\u00fbl\u00e9e')
  expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  expect(await passwords.verify(hash, 'cre\u0300me bru\u0302le\u0301e')).toBe(true)
  expect(await passwords.verify(hash, 'creme brulee')).toBe(false)
  expect(await passwords.verify(undefined, 'the password of nobody')).toBe(false)
  expect(await passwords.verify(hash, 'x'.repeat(5_000))).toBe(false)
})

test('however many sign in at once, few are compared at a time and a crowd is sent away', async () => {
  const passwords = createPasswords()
  const outcomes = await Promise.allSettled(Array.from({ length: 260 }, () => passwords.verify(undefined, 'guess')))
  const refused = outcomes.filter(({ status }) => status === 'rejected')
  expect(refused).toHaveLength(58)
  expect(refused[0]).toMatchObject({ reason: { extensions: { code: 'SERVICE_UNAVAILABLE' } } })
  expect(await passwords.verify(undefined, 'guess')).toBe(false)
})
