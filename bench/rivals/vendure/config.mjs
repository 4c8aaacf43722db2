// Vendure as its guide sets it up for production, as far as that matters to speed: no playground, no debugging, no
// logging of requests, sessions by bearer token, search by its own plugin. Settings not named here are its defaults.
import { randomBytes } from 'node:crypto'
import vendure from '@vendure/core'

export const PRODUCTS = 1_000
export const CATEGORIES = 20
export const CUSTOMER = { emailAddress: 'buyer@example.com', password: 'bench-buyer' }

export function configFor({ databaseUrl, port, createTables }) {
  const database = new URL(databaseUrl)
  return vendure.mergeConfig(vendure.defaultConfig, {
    apiOptions: { hostname: '127.0.0.1', port },
    authOptions: {
      tokenMethod: 'bearer',
      requireVerification: false,
      // nobody signs in as the administrator
      superadminCredentials: { identifier: 'bench', password: randomBytes(24).toString('base64url') },
    },
    dbConnectionOptions: {
      type: 'postgres',
      host: database.hostname,
      port: Number(database.port),
      username: database.username,
      password: database.password,
      database: database.pathname.slice(1),
      synchronize: createTables,
      logging: false,
      // as many as 32 shoppers at once can use; the driver's default of 10 makes them wait for each other
      extra: { max: 32 },
    },
    paymentOptions: { paymentMethodHandlers: [vendure.dummyPaymentHandler] },
    plugins: [vendure.DefaultSearchPlugin.init({ bufferUpdates: false, indexStockStatus: false })],
    logger: new vendure.DefaultLogger({ level: vendure.LogLevel.Error, timestamp: false }),
  })
}
