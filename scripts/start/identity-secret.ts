import { dataFolderOf } from '../database/data-folder.ts'
import { makeFolder } from '../database/embedded.ts'
import { openSecrets } from '../database/secrets.ts'
import type { StartSettings } from './settings.ts'
import { StartError } from './start-error.ts'

/**
 * What identity's signing keys are encrypted with: from the environment, or made once and kept with the data. A
 * server of a real business must be given its own, so that a copy of the disk alone opens nothing.
 */
export async function identityKeySecret(settings: StartSettings): Promise<string> {
  if (settings.IDENTITY_KEY_SECRET) return settings.IDENTITY_KEY_SECRET
  if (settings.NODE_ENV === 'production')
    throw new StartError('In production IDENTITY_KEY_SECRET must be set: 32 random characters or more, kept safe.')
  const folder = dataFolderOf()
  makeFolder(folder)
  return (await openSecrets(folder, ['identityKeySecret'])).identityKeySecret
}
