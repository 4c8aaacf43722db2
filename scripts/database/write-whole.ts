import { renameSync, writeFileSync } from 'node:fs'

/** Writes a file beside its place and renames it, so that nobody ever finds half of it, not even after a full disk. */
export function writeWhole(file: string, value: unknown, mode: number): void {
  writeFileSync(`${file}.new`, `${JSON.stringify(value, null, 2)}\n`, { mode, flush: true })
  renameSync(`${file}.new`, file)
}
