import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { lockProcess } from '../process-lock.mjs'
import { DatabaseError } from './database-error.ts'
import { explainFileError } from './file-error.ts'
import { writeWhole } from './write-whole.ts'

const SECRET_BYTES = 32

/**
 * The secrets of one installation, kept in <dataFolder>/secrets.json for its user's eyes only. A secret that is asked
 * for the first time is made. The folder must exist.
 */
export async function openSecrets<Name extends string>(
  dataFolder: string,
  names: readonly Name[],
): Promise<Record<Name, string>> {
  const file = join(dataFolder, 'secrets.json')
  const kept = read(file)
  if (names.every(name => kept[name])) return kept as Record<Name, string>
  const release = await lockProcess(`${file}.lock`).catch(error => {
    throw explainFileError(error, dataFolder)
  })
  try {
    const secrets = read(file)
    for (const name of names) secrets[name] ??= randomBytes(SECRET_BYTES).toString('base64url')
    writeWhole(file, secrets, 0o600)
    return secrets as Record<Name, string>
  } catch (error) {
    throw explainFileError(error, dataFolder)
  } finally {
    release()
  }
}

function read(file: string): Record<string, string> {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    if (error instanceof SyntaxError)
      throw new DatabaseError(
        `${file} is not readable as JSON: restore it, for without its secrets the data cannot be opened.`,
      )
    throw explainFileError(error, file)
  }
}
