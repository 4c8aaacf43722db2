import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const INSTALL_TIMEOUT_MS = 600_000
const MAX_OUTPUT_BYTES = 10_000_000

/**
 * Installs a rival's packages into its own folder unless what its lock file names is there. Rivals are no workspaces:
 * none of their packages may meet ours.
 */
export async function installRival(name: string, say: (line: string) => void): Promise<string> {
  const folder = fileURLToPath(new URL(`../rivals/${name}`, import.meta.url))
  const lock = await readFile(path.join(folder, 'package-lock.json'), 'utf8')
  const stamp = path.join(folder, 'node_modules', '.installed-lock.json')
  if ((await readFile(stamp, 'utf8').catch(() => undefined)) === lock) return folder
  say(`installing the packages of ${name}, once: this takes a minute or two`)
  await promisify(execFile)('npm', ['ci', '--no-audit', '--no-fund'], {
    cwd: folder,
    timeout: INSTALL_TIMEOUT_MS,
    maxBuffer: MAX_OUTPUT_BYTES,
  })
  await writeFile(stamp, lock)
  return folder
}
