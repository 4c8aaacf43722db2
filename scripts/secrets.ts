import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { SUBGRAPHS } from './database/subgraphs.ts'
import { makeServiceKeys } from './start/service-keys.ts'

const USAGE = `npm run --silent secrets > .env

Prints every secret that docker-compose.yml asks for, made new, as an environment file. Make it once and keep it: without
DATABASE_ROLE_SECRET the processes cannot enter the database, without IDENTITY_KEY_SECRET nobody's sign-in can be signed.
`

const SECRET_BYTES = 32

const { values } = parseArgs({ options: { help: { type: 'boolean', short: 'h' } } })
if (values.help) console.log(USAGE)
else {
  const keys = await makeServiceKeys(SUBGRAPHS)
  const secret = () => randomBytes(SECRET_BYTES).toString('base64url')
  const lines = [
    `POSTGRES_PASSWORD=${secret()}`,
    `DATABASE_ROLE_SECRET=${secret()}`,
    `IDENTITY_KEY_SECRET=${secret()}`,
    `SERVICE_PUBLIC_KEYS='${JSON.stringify(keys.publicKeys)}'`,
    ...SUBGRAPHS.map(name => `${name.toUpperCase()}_SERVICE_PRIVATE_KEY='${JSON.stringify(keys.privateKeyOf(name))}'`),
  ]
  console.log(lines.join('\n'))
}
