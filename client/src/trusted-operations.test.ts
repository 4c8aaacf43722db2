import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { type DocumentNode, Kind, print } from 'graphql'
import { expect, test } from 'vitest'
import * as generated from './generated/documents.ts'

const manifest = JSON.parse(readFileSync(new URL('../trusted-operations.json', import.meta.url), 'utf8')) as {
  readonly operations: readonly { readonly id: string; readonly name: string; readonly body: string }[]
}
type Meant = DocumentNode & { readonly __meta__?: { readonly hash: string } }

test('the gateway trusts what the typed client asks, word for word, and nothing else', () => {
  const documents = Object.values(generated as unknown as Record<string, Meant>).filter(({ definitions }) =>
    definitions.some(({ kind }) => kind === Kind.OPERATION_DEFINITION),
  )
  const asked = documents.map(document => ({ id: document.__meta__?.hash, body: print(document) }))
  const byId = (a: { id?: string | undefined }, b: { id?: string | undefined }) =>
    (a.id ?? '') < (b.id ?? '') ? -1 : 1
  const listed = manifest.operations.map(({ id, body }) => ({ id, body }))
  expect(listed.sort(byId)).toEqual(asked.sort(byId))
})

test('each is listed once, under the hash of its text', () => {
  for (const { id, body } of manifest.operations) expect(createHash('sha256').update(body).digest('hex')).toBe(id)
  const names = manifest.operations.map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
})
