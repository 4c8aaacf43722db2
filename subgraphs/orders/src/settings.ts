import { readEnv, SettingsError, urlSetting } from '@tillgraph/kit/env'
import { z } from 'zod'

/** How receipts are mailed. */
export interface MailSettings {
  /** smtp:// or smtps://, with user and password where the server wants them. */
  readonly url: string
  /** The address that receipts come from. */
  readonly from: string
}

const SETTINGS = {
  SMTP_URL: urlSetting('smtp', 'smtps').optional(),
  SMTP_FROM: z.email('must be an e-mail address').optional(),
}

/** Undefined where this installation sends no e-mail. Throws a SettingsError that names what is wrong. */
export function readMailSettings(env: Readonly<Record<string, string | undefined>>): MailSettings | undefined {
  const { SMTP_URL: url, SMTP_FROM: from } = readEnv(SETTINGS, env)
  if (!url && !from) return undefined
  if (!url) throw new SettingsError(['SMTP_URL is missing, and SMTP_FROM is set'])
  if (!from) throw new SettingsError(['SMTP_FROM is missing, and SMTP_URL is set'])
  return { url, from }
}
