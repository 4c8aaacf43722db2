import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createLog } from '@tillgraph/kit/log'
import { dataFolderOf } from './database/data-folder.ts'
import { makeFolder } from './database/embedded.ts'
import type { MigrationTarget } from './database/migrate.ts'
import { openSecrets } from './database/secrets.ts'
import { demoShop } from './seed/demo-shop.ts'
import { seedShop } from './seed/seed-shop.ts'
import { type Box, startBox } from './start/box.ts'
import { identityKeySecret } from './start/identity-secret.ts'
import { readSettings, type StartSettings } from './start/settings.ts'
import { StartError } from './start/start-error.ts'

const PASSWORD_CHARACTERS = 14
const DEMO_MARKER = 'demo-shop'

/** What whoever starts the demo must know to sign in to it. */
export interface DemoShop {
  readonly slug: string
  readonly business: string
  readonly people: readonly { readonly role: string; readonly userName: string; readonly password: string }[]
}

type SeedTarget = Pick<MigrationTarget, 'databaseUrl' | 'subgraphUrls' | 'roleSecret'>

/** Fills in the demo shop where there is none, or where filling it in was cut short. */
export async function seedOnce(box: Box, progress: (line: string) => void): Promise<DemoShop> {
  const { password, marker } = await demoSecrets()
  await seedShop(box.subgraphs, { password, complete: !existsSync(marker), progress })
  writeFileSync(marker, 'The demo shop is filled in. Remove this file to have it completed at the next start.\n')
  return demoOf(password)
}

/** As seedOnce, where the subgraphs will run in processes of their own. */
export async function seedOnceInOwnBox(
  target: SeedTarget,
  settings: StartSettings,
  keySecret: string,
  progress: (line: string) => void,
): Promise<DemoShop> {
  const box = await openBox(target, settings, keySecret)
  try {
    return await seedOnce(box, progress)
  } finally {
    await box.stop()
  }
}

/** `npm run db -- seed`: fills in or completes the demo shop. */
export async function seed(target: SeedTarget & { progress: (line: string) => void }): Promise<void> {
  const settings = readSettings()
  const box = await openBox(target, settings, await identityKeySecret(settings))
  try {
    const { password } = await demoSecrets()
    await seedShop(box.subgraphs, { password, complete: true, progress: target.progress })
    const { slug, people } = demoOf(password)
    for (const person of people) target.progress(`${slug}  ${person.role}  ${person.userName}  ${person.password}`)
  } finally {
    await box.stop()
  }
}

function openBox(target: SeedTarget, settings: StartSettings, keySecret: string): Promise<Box> {
  return startBox({
    databaseUrl: target.databaseUrl,
    subgraphUrls: target.subgraphUrls ?? {},
    roleSecret: target.roleSecret,
    redisUrl: settings.REDIS_URL,
    issuer: settings.TOKEN_ISSUER,
    audience: settings.TOKEN_AUDIENCE,
    identityKeySecret: keySecret,
    log: createLog('seed', settings.LOG_LEVEL),
  })
}

/** A shop whose passwords were printed on a screen is no place for a real business. */
export function refuseDemoInProduction(settings: StartSettings): void {
  if (settings.NODE_ENV === 'production' && existsSync(join(dataFolderOf(), DEMO_MARKER)))
    throw new StartError(
      `${dataFolderOf()} holds the demo shop, whose passwords are no secret: choose another DATA_DIR for production.`,
    )
}

async function demoSecrets() {
  const folder = dataFolderOf()
  makeFolder(folder)
  const { demoPassword } = await openSecrets(folder, ['demoPassword'])
  return { password: demoPassword.slice(0, PASSWORD_CHARACTERS), marker: join(folder, DEMO_MARKER) }
}

function demoOf(password: string): DemoShop {
  const people = demoShop.people.map(({ role, userName }) => ({ role, userName, password }))
  return { slug: demoShop.slug, business: demoShop.business, people }
}
