import { DatabaseError } from './database-error.ts'

/** A failure of the file system as one sentence; anything else stays as it is. */
export function explainFileError(error: unknown, path: string): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException
  if (code === 'ENOENT' && syscall?.startsWith('spawn'))
    return new DatabaseError(
      "The embedded PostgreSQL's programs do not run on this system (on Linux they need glibc): set DATABASE_URL to a PostgreSQL server.",
    )
  if (code === 'EACCES' || code === 'EPERM')
    return new DatabaseError(`No permission to use ${path}: set DATA_DIR to another folder.`)
  if (code === 'EROFS') return new DatabaseError(`${path} is on a read-only disk: set DATA_DIR to another folder.`)
  if (code === 'ENOSPC') return new DatabaseError(`The disk that holds ${path} is full.`)
  if (code === 'ENOENT') return new DatabaseError(`${path} cannot be made: set DATA_DIR to another folder.`)
  if (code === 'ENOTDIR' || code === 'EEXIST')
    return new DatabaseError(`${path} is not a folder: set DATA_DIR to another one.`)
  return error
}
