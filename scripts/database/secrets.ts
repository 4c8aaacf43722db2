import { randomBytes } from 'node:crypto'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { lockProcess } from '../process-lock.mjs'
import { DatabaseError } from './database-error.ts'
import { explainFileError } from './file-error.ts'

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
  const release = await lockProcess(`${file}.lock`)
  try {
    const secrets = read(file)
    for (const name of names) secrets[name] ??= randomBytes(SECRET_BYTES).toString('base64url')
    // Written beside and renamed, so that nobody ever reads half a file.
    writeFileSync(`${file}.new`, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600, flush: true })
    renameSync(`${file}.new`, file)
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
