import { type FileHandle, open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'

/** A file of texts in lines that is only ever added to, or replaced as a whole. */
export interface AppendedFile {
  /** The whole lines that were there when it was opened. */
  readonly texts: readonly string[]
  /** Resolves once the texts are on the disk. */
  append(texts: readonly string[]): Promise<void>
  replace(texts: readonly string[]): Promise<void>
  close(): Promise<void>
}

/** Opens or makes a file. What stands behind its last line break was torn off by a crash, and is cut away. */
export async function openAppended(path: string): Promise<AppendedFile> {
  let file = await open(path, 'a+', 0o600)
  const content = await file.readFile()
  let length = content.lastIndexOf('\n') + 1
  if (length < content.length) {
    await file.truncate(length)
    await file.sync()
  }
  await syncFolder(path)
  const texts = content.subarray(0, length).toString('utf8').split('\n').slice(0, -1)

  return {
    texts,
    async append(more) {
      const bytes = Buffer.from(more.map(text => `${text}\n`).join(''))
      try {
        await writeAll(file, bytes)
        await file.datasync()
      } catch (error) {
        // a full disk: what was not answered for must not stand in front of what will be
        await file.truncate(length)
        throw error
      }
      length += bytes.length
    },
    async replace(kept) {
      const bytes = Buffer.from(kept.map(text => `${text}\n`).join(''))
      const draft = await open(`${path}.new`, 'w', 0o600)
      try {
        await writeAll(draft, bytes)
        await draft.sync()
      } finally {
        await draft.close()
      }
      await rename(`${path}.new`, path)
      await syncFolder(path)
      await file.close()
      file = await open(path, 'a+', 0o600)
      length = bytes.length
    },
    close: () => file.close(),
  }
}

async function writeAll(file: FileHandle, bytes: Buffer): Promise<void> {
  let written = 0
  while (written < bytes.length) written += (await file.write(bytes, written)).bytesWritten
}

/** Without this a new name may be gone after a loss of power, though its content is on the disk. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(dirname(path), 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
