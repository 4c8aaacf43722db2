import type { Caller } from '@tillgraph/kit/access/caller'
import { expect, test } from 'vitest'
import { tokenCallerReader } from './token-caller-reader.ts'

const facts = {
  tenantId: 't',
  subject: 's',
  sessionId: undefined,
  registerId: undefined,
  expiresAt: new Date(0),
  scope: 't partner s catalog:read',
  may: () => false,
  storesWhere: () => [],
} as const

test('a partner has the scopes of its token, so that @requiresScopes can be met; a person has none', async () => {
  const partner: Caller = { ...facts, kind: 'partner', scopes: ['catalog:read'] }
  const person: Caller = { ...facts, kind: 'person' }
  expect(await tokenCallerReader({ read: () => partner }).read('x')).toMatchObject({ scopes: ['catalog:read'] })
  expect(await tokenCallerReader({ read: async () => person }).read('x')).toHaveProperty('scopes', undefined)
})
