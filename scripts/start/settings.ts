import { portSetting, readEnv, urlSetting } from '@tillgraph/kit/env'
import { z } from 'zod'

/** What `npm start` takes from the environment; DATABASE_URL and DATA_DIR are read with the database. */
export function readSettings(source: Readonly<Record<string, string | undefined>> = process.env) {
  return readEnv(
    {
      HOST: z.string().default('127.0.0.1'),
      GATEWAY_PORT: portSetting.default(4000),
      /** Where a web front end of this machine is served: its origin may call the gateway. */
      WEB_PORT: portSetting.default(3000),
      CORS_ORIGINS: z.string().optional(),
      /** How many proxies of one's own stand in front of the gateway. */
      TRUSTED_PROXIES: z.coerce.number().int().min(0).max(10).default(0),
      /** Where the gateway tells Prometheus how it goes; never its public port. */
      METRICS_PORT: portSetting.optional(),
      METRICS_HOST: z.string().default('127.0.0.1'),
      REDIS_URL: urlSetting('redis', 'rediss').optional(),
      LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('warn'),
      NODE_ENV: z.enum(['development', 'test', 'production']).default('development'),
      TOKEN_ISSUER: z.string().min(1).default('https://identity.tillgraph.local'),
      TOKEN_AUDIENCE: z.string().min(1).default('tillgraph'),
      IDENTITY_KEY_SECRET: z.string().min(32, 'must be at least 32 characters').optional(),
    },
    source,
  )
}

export type StartSettings = ReturnType<typeof readSettings>

/** Origins that may call the gateway from a browser. */
export function allowedOrigins(settings: StartSettings): string[] {
  const own = [`http://localhost:${settings.WEB_PORT}`, `http://127.0.0.1:${settings.WEB_PORT}`]
  return settings.CORS_ORIGINS ? settings.CORS_ORIGINS.split(',').map(origin => origin.trim()) : own
}
