import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { SUBGRAPHS } from '../../../scripts/database/subgraphs.ts'

const subgraphs = new URL('../../../subgraphs/', import.meta.url)
const tables = (file: string) => readFileSync(new URL(`../../src/events/${file}`, import.meta.url), 'utf8')

/** SQL without what does not matter to it. */
const bare = (text: string) =>
  text
    .replace(/--.*$/gm, '')
    .replace(/\/\/\/.*$/gm, '')
    .replace(/\s+/g, ' ')
    .toLowerCase()

const statements = (text: string) =>
  bare(text)
    .split(';')
    .map(statement => statement.trim())
    .filter(statement => statement !== '')

it.each(SUBGRAPHS.filter(name => existsSync(new URL(`${name}/prisma/migrations/`, subgraphs))))(
  'are in the migrations and the schema of %s as they stand here',
  name => {
    const folder = new URL(`${name}/prisma/`, subgraphs)
    const migrations = readdirSync(new URL('migrations/', folder), { withFileTypes: true })
      .filter(entry => entry.isDirectory())
      .map(entry => readFileSync(new URL(`migrations/${entry.name}/migration.sql`, folder), 'utf8'))
      .join('\n')
    const held = new Set(statements(migrations))
    expect(statements(tables('tables.sql')).filter(statement => !held.has(statement))).toEqual([])
    const schema = bare(readFileSync(new URL('schema.prisma', folder), 'utf8'))
    for (const model of bare(tables('tables.prisma')).split(/(?=model )/)) expect(schema).toContain(model.trim())
  },
)
