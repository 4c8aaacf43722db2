/**
 * Every permission there is, `<subgraph>.<noun>.<verb>`, in an order that only ever grows at its end within a release:
 * an index here is a bit of a PermissionSet. `own` means what the caller made or was given: a cashier's own orders,
 * a partner's own orders, a courier's own deliveries. Who holds only an `own` permission is shown nothing else.
 */
export const permissions = [
  // Own sessions, password, preferences, "me": every signed-in person.
  'identity.session.own',
  'identity.tenant.read',
  'identity.tenant.write',
  'identity.store.read',
  'identity.store.write',
  'identity.register.read',
  'identity.register.enrol',
  'identity.register.revoke',
  'identity.user.read',
  'identity.user.write',
  'identity.customer.read',
  'identity.customer.write',
  'identity.customer.anonymise',
  'identity.loyalty.read',
  'identity.loyalty.adjust',
  'identity.partner.read',
  'identity.partner.write',
  'identity.notification.read',
  'identity.notification.write',
  // A manager's signed approval of what is beyond a cashier's limit.
  'identity.approval.give',
  'identity.audit.read',

  'catalog.product.read',
  'catalog.product.write',
  'catalog.category.read',
  'catalog.category.write',
  'catalog.tax.read',
  'catalog.tax.write',
  // The delta feed by which a till keeps its copy.
  'catalog.changes.read',

  // Whether something can be had; partners see this and never the count.
  'inventory.availability.read',
  'inventory.stock.read',
  'inventory.stock.adjust',
  'inventory.count.write',
  'inventory.purchase.read',
  'inventory.purchase.write',
  'inventory.cost.read',
  'inventory.report.read',

  'orders.own.read',
  'orders.own.create',
  'orders.order.read',
  'orders.order.create',
  'orders.order.change',
  'orders.order.complete',
  'orders.order.cancel',
  'orders.return.create',
  'orders.discount.give',
  'orders.report.read',

  'payments.payment.read',
  'payments.payment.take',
  'payments.refund.create',
  'payments.giftcard.read',
  'payments.giftcard.issue',
  'payments.credit.read',
  'payments.credit.issue',
  // Opening, counting and closing the drawer one works at; `read` sees everybody's.
  'payments.drawer.use',
  'payments.drawer.read',
  'payments.ledger.read',
  'payments.report.read',
  'payments.offline.read',
  'payments.offline.manage',

  'delivery.own.read',
  'delivery.own.update',
  'delivery.delivery.read',
  'delivery.delivery.create',
  'delivery.delivery.assign',
  'delivery.delivery.update',
  'delivery.courier.read',
  'delivery.courier.write',
  'delivery.zone.read',
  'delivery.zone.write',
  'delivery.report.read',

  // What tills may do without a network, in a store.
  'identity.offline.write',
  // A till says what of its log was not sent yet.
  'identity.register.report',
] as const

export type Permission = (typeof permissions)[number]

export const roles = ['OWNER', 'MANAGER', 'CASHIER', 'STOCK_CLERK', 'COURIER'] as const

/** What a person is in a store. */
export type Role = (typeof roles)[number]

export const partnerScopes = [
  'catalog:read',
  'availability:read',
  'orders:read',
  'orders:write',
  'deliveries:read',
] as const

/** What a partner's token may be used for. */
export type PartnerScope = (typeof partnerScopes)[number]

const everyPerson: readonly Permission[] = ['identity.session.own', 'identity.store.read']

const readsCatalog: readonly Permission[] = [
  'catalog.product.read',
  'catalog.category.read',
  'catalog.tax.read',
  'catalog.changes.read',
]

// The business itself, its tax classes and who else may reach its data: an owner answers for these.
const ownerOnly: ReadonlySet<Permission> = new Set([
  'identity.tenant.write',
  'identity.store.write',
  'identity.partner.write',
  'catalog.tax.write',
])

/** The whole table: a permission that is not named here for a role is not held by it. */
export const rolePermissions: Readonly<Record<Role, ReadonlySet<Permission>>> = {
  OWNER: new Set(permissions),
  MANAGER: new Set(permissions.filter(permission => !ownerOnly.has(permission))),
  CASHIER: new Set([
    ...everyPerson,
    ...readsCatalog,
    'identity.register.read',
    'identity.register.report',
    'identity.customer.read',
    'identity.customer.write',
    'identity.loyalty.read',
    'inventory.availability.read',
    'inventory.stock.read',
    'orders.own.read',
    'orders.own.create',
    'orders.order.read',
    'orders.order.create',
    'orders.order.change',
    'orders.order.complete',
    'orders.order.cancel',
    'orders.return.create',
    'orders.discount.give',
    'payments.payment.read',
    'payments.payment.take',
    'payments.refund.create',
    'payments.giftcard.read',
    'payments.giftcard.issue',
    'payments.credit.read',
    'payments.drawer.use',
    'payments.offline.read',
    'delivery.own.read',
    'delivery.delivery.read',
    'delivery.delivery.create',
    'delivery.zone.read',
  ]),
  STOCK_CLERK: new Set([
    ...everyPerson,
    ...readsCatalog,
    'inventory.availability.read',
    'inventory.stock.read',
    'inventory.stock.adjust',
    'inventory.count.write',
    'inventory.purchase.read',
    'inventory.purchase.write',
    'inventory.cost.read',
    'inventory.report.read',
  ]),
  COURIER: new Set([...everyPerson, 'delivery.own.read', 'delivery.own.update']),
}

/** Scopes give `own` permissions where a staff permission would show a partner the orders of others. */
export const scopePermissions: Readonly<Record<PartnerScope, ReadonlySet<Permission>>> = {
  // taxes, because a price says nothing to who does not know whether it holds them
  'catalog:read': new Set(['catalog.product.read', 'catalog.category.read', 'catalog.tax.read', 'identity.store.read']),
  'availability:read': new Set(['inventory.availability.read', 'identity.store.read']),
  'orders:read': new Set(['orders.own.read']),
  'orders:write': new Set(['orders.own.create', 'orders.own.read']),
  'deliveries:read': new Set(['delivery.own.read']),
}

/** Which roles a person of a role may give to others: nobody can raise anybody to their own height but an owner. */
export const grantableRoles: Readonly<Record<Role, ReadonlySet<Role>>> = {
  OWNER: new Set(roles),
  MANAGER: new Set(['CASHIER', 'STOCK_CLERK', 'COURIER']),
  CASHIER: new Set(),
  STOCK_CLERK: new Set(),
  COURIER: new Set(),
}

export function isPermission(text: string): text is Permission {
  return (permissions as readonly string[]).includes(text)
}

export function isRole(text: string): text is Role {
  return (roles as readonly string[]).includes(text)
}

export function isPartnerScope(text: string): text is PartnerScope {
  return (partnerScopes as readonly string[]).includes(text)
}

/** Permissions as bits over their index in the table, 32 to a word: a check on every field costs one shift and one and. */
export type PermissionSet = Readonly<Uint32Array>

const BITS_PER_WORD = 32
const WORDS = Math.ceil(permissions.length / BITS_PER_WORD)
const indexByPermission: ReadonlyMap<string, number> = new Map(
  permissions.map((permission, index) => [permission, index]),
)
const setByRole: ReadonlyMap<string, PermissionSet> = new Map(
  roles.map(role => [role, permissionSet(rolePermissions[role])]),
)
const setByScope: ReadonlyMap<string, PermissionSet> = new Map(
  partnerScopes.map(scope => [scope, permissionSet(scopePermissions[scope])]),
)

/** Held by who is not known. */
export const noPermissions: PermissionSet = new Uint32Array(WORDS)

export function permissionSet(held: Iterable<Permission>): PermissionSet {
  const words = new Uint32Array(WORDS)
  for (const permission of held) {
    const index = permissionIndex(permission)
    words[index >>> 5] = (words[index >>> 5] ?? 0) | (1 << (index & 31))
  }
  return words
}

/** All that any of the roles may do. A name that is no role, as from an old token, adds nothing. */
export function permissionsOf(held: readonly string[]): PermissionSet {
  return union(held, setByRole)
}

/** All that any of a partner's scopes allows. A name that is no scope adds nothing. */
export function permissionsOfScopes(held: readonly string[]): PermissionSet {
  return union(held, setByScope)
}

/** Where a permission stands in the table. Look it up once, where a field is compiled, and check with hasIndex. */
export function permissionIndex(permission: Permission): number {
  const index = indexByPermission.get(permission)
  if (index === undefined) throw new TypeError(`There is no permission ${String(permission)}`)
  return index
}

export function has(set: PermissionSet, permission: Permission): boolean {
  const index = indexByPermission.get(permission)
  return index !== undefined && hasIndex(set, index)
}

export function hasIndex(set: PermissionSet, index: number): boolean {
  return (((set[index >>> 5] ?? 0) >>> (index & 31)) & 1) === 1
}

/** The permissions of a set in the order of the table. */
export function listPermissions(set: PermissionSet): Permission[] {
  return permissions.filter((_, index) => hasIndex(set, index))
}

function union(names: readonly string[], sets: ReadonlyMap<string, PermissionSet>): PermissionSet {
  const words = new Uint32Array(WORDS)
  for (const name of names) {
    sets.get(name)?.forEach((word, index) => {
      words[index] = (words[index] ?? 0) | word
    })
  }
  return words
}
