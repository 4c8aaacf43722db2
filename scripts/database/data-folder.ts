import { join, resolve } from 'node:path'

const DEFAULT_FOLDER = join(import.meta.dirname, '../../.data')

/** Where the embedded database and the secrets of this installation are kept: DATA_DIR, by default .data in the project. */
export function dataFolderOf(environment: Readonly<Record<string, string | undefined>> = process.env): string {
  return resolve(environment.DATA_DIR || DEFAULT_FOLDER)
}
