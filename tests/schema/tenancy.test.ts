import { beforeAll, expect, test } from 'vitest'
import { withClient } from '../../scripts/database/connection.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { EXCEPTIONS } from './exceptions.ts'
import { readFaults } from './rules.ts'

let database: TestDatabase

beforeAll(async () => {
  database = await createTestDatabase()
})

test('no table, role or function of the six schemas breaks a rule of tenancy', async () => {
  const faults = await withClient(database.url, readFaults)
  const line = ({ rule, object }: { rule: string; object: string }) => `${object}: ${rule}`
  expect(faults.map(line).sort()).toEqual(EXCEPTIONS.map(line).sort())
})

test('every exception says why', () => {
  expect(EXCEPTIONS.filter(({ reason }) => reason.length < 20)).toEqual([])
})
