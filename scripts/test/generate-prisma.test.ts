import { spawnSync } from 'node:child_process'
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { generatePrisma, prismaIsCurrent } from '../generate-prisma.mjs'

const root = fileURLToPath(new URL('../../', import.meta.url))

test('a client is made from its schema, runs with its types blanked out, and is made again only when that changes', async () => {
  const project = mkdtempSync(join(tmpdir(), 'tillgraph-generate-'))
  onTestFinished(() => rmSync(project, { recursive: true, force: true }))
  mkdirSync(join(project, 'subgraphs/catalog/prisma'), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(project, 'node_modules'))
  const schema = join(project, 'subgraphs/catalog/prisma/schema.prisma')
  cpSync(join(root, 'tests/schema/fixtures/ground/catalog/prisma/schema.prisma'), schema)
  const client = join(project, 'subgraphs/catalog/generated/prisma/client.ts')

  expect(prismaIsCurrent(project)).toBe(false)
  await generatePrisma(project, () => {})
  expect(prismaIsCurrent(project)).toBe(true)
  const script = `const { PrismaClient, Kind } = await import(${JSON.stringify(client)}); console.log(typeof PrismaClient, Kind.GOODS)`
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', join(root, 'scripts/typescript.mjs'), '--input-type=module', '-e', script],
    { cwd: project, encoding: 'utf8' },
  )
  expect({ stdout, stderr }).toEqual({ stdout: 'function GOODS\n', stderr: '' })

  const made = statSync(client).mtimeMs
  await generatePrisma(project, () => {})
  expect(statSync(client).mtimeMs).toBe(made)
  appendFileSync(schema, '\nenum Colour {\n  RED\n}\n')
  expect(prismaIsCurrent(project)).toBe(false)
  await generatePrisma(project, () => {})
  expect(readFileSync(join(client, '../enums.ts'), 'utf8')).toContain('RED')
})
