// The shop: node serve.mjs DATABASE_URL PORT
import vendure from '@vendure/core'
import { configFor } from './config.mjs'

const [databaseUrl, port] = process.argv.slice(2)
await vendure.bootstrap(configFor({ databaseUrl, port: Number(port), createTables: false }))
