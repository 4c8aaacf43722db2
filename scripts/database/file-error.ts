import { DatabaseError } from './database-error.ts'

/** A failure of the file system as one sentence; anything else stays as it is. */
export function explainFileError(error: unknown, path: string): unknown {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'EACCES' || code === 'EPERM')
    return new DatabaseError(`No permission to use ${path}: set DATA_DIR to another folder.`)
  if (code === 'EROFS') return new DatabaseError(`${path} is on a read-only disk: set DATA_DIR to another folder.`)
  if (code === 'ENOSPC') return new DatabaseError(`The disk that holds ${path} is full.`)
  if (code === 'ENOTDIR' || code === 'EEXIST')
    return new DatabaseError(`${path} is not a folder: set DATA_DIR to another one.`)
  return error
}
