import { readFile } from 'node:fs/promises'
import { listSetting, readEnv, SettingsError } from '@tillgraph/kit/env'
import { z } from 'zod'
import { TrustedOperations } from './trusted-operations.ts'

type Environment = Readonly<Record<string, string | undefined>>

const SHAPE = {
  TRUSTED_OPERATIONS: z.enum(['off', 'known', 'only']).optional(),
  TRUSTED_OPERATIONS_FILES: listSetting.optional(),
}

/**
 * What our own applications ask, where there is a list of it. In production nothing else is run unless the environment says so; a
 * developer may ask for anything.
 */
export async function readTrustedOperations(
  source: Environment,
  { production, files = [] }: { readonly production: boolean; readonly files?: readonly string[] },
): Promise<TrustedOperations | undefined> {
  const env = readEnv(SHAPE, source)
  const mode = env.TRUSTED_OPERATIONS ?? (production ? 'only' : 'known')
  const listed = env.TRUSTED_OPERATIONS_FILES ?? files
  if (env.TRUSTED_OPERATIONS === 'only' && listed.length === 0)
    throw new SettingsError(['TRUSTED_OPERATIONS_FILES is missing: without a list, only what is on it cannot be run'])
  if (mode === 'off' || listed.length === 0) return undefined
  const manifests = await Promise.all(listed.map(file => readFile(file, 'utf8')))
  return new TrustedOperations(manifests, mode === 'only')
}
