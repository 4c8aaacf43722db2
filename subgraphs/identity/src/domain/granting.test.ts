import { roles } from '@tillgraph/rules/permissions'
import { describe, expect, test } from 'vitest'
import { distinctGrants, isPossible, mayAdminister, mayGrant, rolesAt } from './granting.ts'
import type { Grant } from './user.ts'

const grant = (role: Grant['role'], storeId: string | null = null): Grant => ({ role, storeId })

describe('a role is given', () => {
  test('by an owner: any, anywhere', () => {
    for (const role of roles)
      for (const store of [null, 'a']) expect(mayGrant([grant('OWNER')], grant(role, store))).toBe(true)
  })

  test('by a manager: those below their own, where they are one', () => {
    const held = [grant('MANAGER', 'a')]
    expect(roles.filter(role => mayGrant(held, grant(role, 'a')))).toEqual(['CASHIER', 'STOCK_CLERK', 'COURIER'])
    expect(roles.filter(role => mayGrant(held, grant(role, 'b')))).toEqual([])
    expect(roles.filter(role => mayGrant(held, grant(role, null)))).toEqual([])
    expect(mayGrant([grant('MANAGER')], grant('CASHIER', 'b'))).toBe(true)
  })

  test('by nobody else', () => {
    const held = [grant('CASHIER'), grant('STOCK_CLERK'), grant('COURIER')]
    expect(roles.filter(role => mayGrant(held, grant(role)))).toEqual([])
    expect(roles.filter(role => mayGrant([], grant(role)))).toEqual([])
  })
})

test('who holds a role that one cannot give is out of reach, with all that they are', () => {
  const manager = [grant('MANAGER', 'a')]
  expect(mayAdminister(manager, [grant('CASHIER', 'a')])).toBe(true)
  expect(mayAdminister(manager, [grant('CASHIER', 'a'), grant('CASHIER', 'b')])).toBe(false)
  expect(mayAdminister(manager, [grant('CASHIER', 'a'), grant('OWNER')])).toBe(false)
})

test('an owner is one of the whole business', () => {
  expect([isPossible(grant('OWNER')), isPossible(grant('OWNER', 'a')), isPossible(grant('MANAGER', 'a'))]).toEqual([
    true,
    false,
    true,
  ])
})

test('the same roles in another order are the same wish', () => {
  const [a, b] = [grant('CASHIER', 'a'), grant('COURIER')]
  expect(distinctGrants([a, b, a])).toEqual(distinctGrants([b, a]))
})

test('a role in the whole business holds at each store', () => {
  const held = [grant('CASHIER', 'a'), grant('COURIER')]
  expect(rolesAt(held, 'a')).toEqual(['CASHIER', 'COURIER'])
  expect(rolesAt(held, 'b')).toEqual(['COURIER'])
  expect(rolesAt(held, undefined)).toEqual(['CASHIER', 'COURIER'])
})
