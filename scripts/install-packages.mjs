import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PrepareError } from './prepare-error.mjs'

const HEARTBEAT_MILLISECONDS = 10_000
const KEPT_OUTPUT_CHARACTERS = 20_000
const TOLD_LINES = 8
const marker = project => join(project, 'node_modules/.tillgraph-installed')
const lockFile = project => join(project, 'package-lock.json')

/** Whether node_modules holds what package-lock.json says. */
export function packagesAreInstalled(project) {
  const text = read(lockFile(project))
  if (text === undefined) return read(join(project, 'node_modules/.package-lock.json')) !== undefined
  const hash = createHash('sha256').update(text).digest('hex')
  if (read(marker(project)) === hash) return true
  // npm keeps its own record of what it installed: somebody may have run `npm install` by hand.
  const installed = read(join(project, 'node_modules/.package-lock.json'))
  if (installed === undefined || !sameVersions(JSON.parse(text).packages, JSON.parse(installed).packages)) return false
  remember(project, hash)
  return true
}

function sameVersions(wanted, installed) {
  const withoutDevelopment =
    process.env.NODE_ENV === 'production' || (process.env.npm_config_omit ?? '').split(/[\s,]+/).includes('dev')
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.startsWith('node_modules/') && !path.includes('/node_modules/')) return true
    const found = installed[path]
    // An optional package is for another kind of machine.
    if (!found) return entry.optional || entry.devOptional || (entry.dev && withoutDevelopment) || false
    return found.version === entry.version && found.integrity === entry.integrity
  })
}

/** Runs `npm ci`, which heeds npm's own settings (ignore-scripts, registry, proxy), and tells how it goes. */
export async function installPackages(project, progress) {
  const count = Object.keys(JSON.parse(readFileSync(lockFile(project), 'utf8')).packages).length - 1
  const started = Date.now()
  const seconds = () => Math.round((Date.now() - started) / 1000)
  progress(`Installing ${count} packages with npm ci …`)
  const heartbeat = setInterval(() => progress(`  still installing (${seconds()} s) …`), HEARTBEAT_MILLISECONDS)
  const { code, output } = await runInstallation(project).finally(() => clearInterval(heartbeat))
  if (code !== 0) throw new PrepareError(explain(output, code, project))
  remember(
    project,
    createHash('sha256')
      .update(readFileSync(lockFile(project)))
      .digest('hex'),
  )
  progress(`Packages installed in ${seconds()} s.`)
}

async function runInstallation(project) {
  const result = await runNpm(project, ['ci'])
  if (result.code === 0 || !lacksOnlyWhatRegistryLacks(result.output)) return result
  // The same versions, and the lock file stays as it is; only the comparison with the registry is left out.
  return runNpm(project, ['install', '--no-save'])
}

// `npm ci` compares the lock file with what it would lock itself, and stumbles over optional packages for other
// machines that the lock file or the registry in use does not have: it names them without a version.
function lacksOnlyWhatRegistryLacks(output) {
  const complaints = output.match(/(Missing|Invalid): .*/g) ?? []
  return complaints.length > 0 && complaints.every(line => /^Missing: \S+@ from lock file$/.test(line))
}

function runNpm(project, words) {
  const npm = process.env.npm_execpath?.endsWith('.js') ? [process.execPath, process.env.npm_execpath] : ['npm']
  const [command, ...first] = npm
  return new Promise(resolve => {
    const child = spawn(command, [...first, ...words, '--no-audit', '--no-fund', '--no-progress', '--loglevel=error'], {
      cwd: project,
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32' && command === 'npm',
    })
    let output = ''
    const keep = chunk => {
      output = (output + chunk).slice(0, KEPT_OUTPUT_CHARACTERS)
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    child.once('error', error => resolve({ code: 1, output: error.code === 'ENOENT' ? 'NPM_MISSING' : String(error) }))
    child.once('close', (code, signal) => resolve({ code: code ?? signal, output }))
  })
}

function explain(output, code, project) {
  if (output.includes('NPM_MISSING')) return 'npm was not found; it comes with Node: install both, then start again.'
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ERR_SOCKET_TIMEOUT/.test(output))
    return 'The packages could not be downloaded: npm cannot reach its registry (is this machine online, is a proxy needed?).'
  if (/ENOSPC/.test(output)) return `The packages could not be installed: the disk that holds ${project} is full.`
  if (/EACCES|EPERM|EROFS/.test(output))
    return `The packages could not be installed: no permission to write to ${join(project, 'node_modules')}.`
  const lines = output.split('\n').filter(line => line.trim() !== 'npm error')
  return `The packages could not be installed: npm ended with ${code}.\n${lines.slice(0, TOLD_LINES).join('\n').trim()}`
}

function remember(project, hash) {
  try {
    writeFileSync(marker(project), hash)
  } catch {
    // A folder that is only readable is fine: the packages are there, only finding so takes a little longer.
  }
}

function read(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
    throw error
  }
}
