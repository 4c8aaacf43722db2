import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { forAll } from '../test/random.ts'
import {
  grantableRoles,
  has,
  hasIndex,
  isPermission,
  isRole,
  listPermissions,
  noPermissions,
  type Permission,
  partnerScopes,
  permissionIndex,
  permissionSet,
  permissions,
  permissionsOf,
  permissionsOfScopes,
  rolePermissions,
  roles,
  scopePermissions,
} from './permissions.ts'

const subgraphs = ['identity', 'catalog', 'inventory', 'orders', 'payments', 'delivery']
const sometimesNames = ['__proto__', 'constructor', 'toString', '', 'owner', 'OWNER ', 'ADMIN']

describe('the table of permissions', () => {
  it('names every permission once, as <subgraph>.<noun>.<verb>, and covers every subgraph', () => {
    expect(new Set(permissions).size).toBe(permissions.length)
    for (const permission of permissions) expect(permission).toMatch(/^[a-z]+\.[a-z]+\.[a-z]+$/)
    expect(new Set(permissions.map(permission => permission.split('.')[0]))).toEqual(new Set(subgraphs))
  })

  it('has a row for every role and every scope', () => {
    expect(Object.keys(rolePermissions).sort()).toEqual([...roles].sort())
    expect(Object.keys(grantableRoles).sort()).toEqual([...roles].sort())
    expect(Object.keys(scopePermissions).sort()).toEqual([...partnerScopes].sort())
  })

  it('gives an owner everything', () => {
    const owner = permissionsOf(['OWNER'])
    expect(permissions.filter(permission => !has(owner, permission))).toEqual([])
  })

  it('lets every signed-in person see to their own sessions', () => {
    expect(roles.filter(role => !has(permissionsOf([role]), 'identity.session.own'))).toEqual([])
  })

  it('shows who sees all orders or deliveries also their own', () => {
    for (const role of roles) {
      const set = permissionsOf([role])
      if (has(set, 'orders.order.read')) expect([role, has(set, 'orders.own.read')]).toEqual([role, true])
      if (has(set, 'delivery.delivery.read')) expect([role, has(set, 'delivery.own.read')]).toEqual([role, true])
    }
  })

  it('keeps what only an owner answers for from everybody else', () => {
    for (const role of roles.filter(name => name !== 'OWNER')) {
      const set = permissionsOf([role])
      const kept: Permission[] = ['identity.tenant.write', 'identity.partner.write', 'catalog.tax.write']
      expect([role, kept.filter(permission => has(set, permission))]).toEqual([role, []])
    }
  })

  it.each([
    ['CASHIER', 'identity.user.write'],
    ['CASHIER', 'identity.approval.give'],
    ['CASHIER', 'catalog.product.write'],
    ['CASHIER', 'inventory.stock.adjust'],
    ['CASHIER', 'inventory.cost.read'],
    ['CASHIER', 'orders.report.read'],
    ['CASHIER', 'payments.ledger.read'],
    ['STOCK_CLERK', 'orders.order.create'],
    ['STOCK_CLERK', 'payments.payment.take'],
    ['STOCK_CLERK', 'identity.customer.read'],
    ['COURIER', 'delivery.delivery.read'],
    ['COURIER', 'orders.order.read'],
    ['COURIER', 'catalog.product.read'],
  ] as const)('keeps from a %s %s', (role, permission) => {
    expect(has(permissionsOf([role]), permission)).toBe(false)
  })

  it('lets nobody but an owner make somebody their equal', () => {
    for (const role of roles.filter(name => name !== 'OWNER')) {
      expect(grantableRoles[role].has(role)).toBe(false)
      expect(grantableRoles[role].has('OWNER')).toBe(false)
      for (const granted of grantableRoles[role]) {
        const beyond = [...rolePermissions[granted]].filter(permission => !rolePermissions[role].has(permission))
        expect([role, granted, beyond]).toEqual([role, granted, []])
      }
    }
  })
})

describe('a partner', () => {
  it('is never shown what belongs to others, whatever its scopes', () => {
    const held = listPermissions(permissionsOfScopes(partnerScopes))
    expect(held.sort()).toEqual([
      'catalog.category.read',
      'catalog.product.read',
      'catalog.tax.read',
      'delivery.own.read',
      'identity.store.read',
      'inventory.availability.read',
      'orders.own.create',
      'orders.own.read',
    ])
  })

  it('with the right to read cannot write', () => {
    expect(has(permissionsOfScopes(['orders:read']), 'orders.own.create')).toBe(false)
    expect(has(permissionsOfScopes(['orders:write']), 'orders.own.create')).toBe(true)
  })

  it('gets nothing by the name of a role, nor a person by the name of a scope', () => {
    expect(listPermissions(permissionsOfScopes(['OWNER']))).toEqual([])
    expect(listPermissions(permissionsOf(['orders:write']))).toEqual([])
  })
})

describe('a set of permissions', () => {
  it('denies by default', () => {
    for (const set of [noPermissions, permissionsOf([]), permissionsOfScopes([]), permissionsOf(sometimesNames)]) {
      expect(permissions.filter(permission => has(set, permission))).toEqual([])
    }
    expect(has(permissionsOf(['OWNER']), 'identity.user.destroy' as Permission)).toBe(false)
    expect(hasIndex(permissionsOf(['OWNER']), permissions.length)).toBe(false)
    expect(hasIndex(permissionsOf(['OWNER']), 10_000)).toBe(false)
    expect(sometimesNames.some(name => isRole(name) || isPermission(name))).toBe(false)
  })

  it('holds exactly what was put in, by name and by index', () => {
    forAll(fc.subarray([...permissions]), chosen => {
      const set = permissionSet(chosen)
      const byName = permissions.filter(permission => has(set, permission))
      const byIndex = permissions.filter(permission => hasIndex(set, permissionIndex(permission)))
      expect(byName).toEqual(chosen)
      expect(byIndex).toEqual(chosen)
      expect(listPermissions(set)).toEqual(chosen)
      return true
    })
  })

  it('of several roles is what any of them holds', () => {
    forAll(fc.subarray([...roles]), chosen => {
      const set = permissionsOf(chosen)
      return permissions.every(
        permission => has(set, permission) === chosen.some(role => rolePermissions[role].has(permission)),
      )
    })
  })

  it('refuses to be built from a name that is no permission', () => {
    expect(() => permissionSet(['orders.order.destroy' as Permission])).toThrow(TypeError)
  })
})
