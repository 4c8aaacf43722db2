import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type BrowserContext, chromium } from 'playwright-core'

const START_MOST_MS = 30_000
const LOOK_AGAIN_MS = 50

/** Where a Chromium is: CHROMIUM in the environment, or Debian's; undefined when there is none. */
export const chromiumPath = [process.env.CHROMIUM, '/usr/bin/chromium'].find(
  path => path !== undefined && path !== '' && existsSync(path),
)

/** A browser with a profile on the disk, that can be killed and started again on it. */
export interface TestBrowser {
  readonly context: BrowserContext
  /** As the power goes: every process of it at once, with nothing written that was not. */
  kill(): Promise<void>
}

export async function newProfile(): Promise<{ readonly path: string; dispose(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'tillgraph-profile-'))
  return { path, dispose: () => rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }) }
}

export async function startBrowser(profile: string): Promise<TestBrowser> {
  if (chromiumPath === undefined) throw new Error('There is no Chromium: set CHROMIUM')
  await rm(join(profile, 'DevToolsActivePort'), { force: true })
  const child = spawn(
    chromiumPath,
    [
      '--headless=new',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-dev-shm-usage',
      '--no-first-run',
      '--remote-debugging-port=0',
      `--user-data-dir=${profile}`,
      'about:blank',
    ],
    // a group of its own, so that all of its processes can be killed at once
    { stdio: 'ignore', detached: true },
  )
  const gone = new Promise<void>(resolve => child.once('exit', () => resolve()))
  try {
    const browser = await chromium.connectOverCDP(await addressOf(profile, child))
    const context = browser.contexts()[0]
    if (!context) throw new Error('The browser has no context')
    return {
      context,
      async kill() {
        killGroup(child)
        await gone
        await browser.close().catch(() => undefined)
      },
    }
  } catch (error) {
    killGroup(child)
    throw error
  }
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // it had ended
  }
}

async function addressOf(profile: string, child: ChildProcess): Promise<string> {
  const until = Date.now() + START_MOST_MS
  while (Date.now() < until && child.exitCode === null) {
    const [port] = (await readFile(join(profile, 'DevToolsActivePort'), 'utf8').catch(() => '')).split('\n')
    if (port) return `http://127.0.0.1:${port}`
    await sleep(LOOK_AGAIN_MS)
  }
  throw new Error('Chromium did not start')
}
