import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type ContractChanges, changesBetween } from './contract/changes.ts'

const USAGE = `npm run contract [-- OPTIONS]

Compares partner.graphql, the contract that partners are served, with partner.released.graphql, as it was last released
to them. Fails where it breaks those who use it, and says what does.

  --release         takes the contract as it is for released, and adds to docs/partner-releases.md what is new in it
  --breaking WHY    with --release: releases what breaks partners too, on purpose; WHY is told to them
  --date DATE       with --release: the day of the release, today when left out
  --help            this text
`

const FIRST_LINE = '# What was released to partners, and what broke\n'

/** What there is to say of a contract, and whether it may be taken as it is. */
export function judge({ breaking, dangerous, added }: ContractChanges): { lines: readonly string[]; good: boolean } {
  const lines = [
    ...breaking.map(line => `BREAKS     ${line}`),
    ...dangerous.map(line => `may break  ${line}`),
    ...(added.length > 0
      ? [
          `new        ${added.length} ${added.length === 1 ? 'place' : 'places'}; released with npm run contract -- --release`,
        ]
      : []),
  ]
  if (breaking.length > 0) {
    lines.push(
      '',
      'Partners who use it would be broken. Bring back what is missing, or keep the old beside the new, deprecated, until',
      'the time of notice is over. To break it on purpose: npm run contract -- --release --breaking "why, since when known"',
    )
  }
  return { lines: lines.length > 0 ? lines : ['The contract is as it was released.'], good: breaking.length === 0 }
}

function main(): void {
  const { values } = parseArgs({
    options: {
      release: { type: 'boolean' },
      breaking: { type: 'string' },
      date: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) {
    console.log(USAGE)
    return
  }
  const project = join(import.meta.dirname, '..')
  const current = readFileSync(join(project, 'partner.graphql'), 'utf8')
  const releasedFile = join(project, 'partner.released.graphql')
  const released = existsSync(releasedFile) ? readFileSync(releasedFile, 'utf8') : undefined
  if (released === undefined && !values.release)
    throw new Error('Nothing has been released to partners yet: npm run contract -- --release')
  const changes = changesBetween(released ?? 'type Query { nothingYet: ID }', current)
  const isFirst = released === undefined
  const { lines, good } = isFirst ? { lines: ['The first release.'], good: true } : judge(changes)
  for (const line of lines) console.log(line)
  if (!values.release) {
    if (!good) process.exitCode = 1
    return
  }
  if (!good && !values.breaking?.trim()) {
    process.exitCode = 1
    return
  }
  const changed = !isFirst && changes.breaking.length + changes.dangerous.length + changes.added.length > 0
  if (!isFirst && !changed) return
  const date = values.date ?? new Date().toISOString().slice(0, 10)
  const history = join(project, 'docs/partner-releases.md')
  const before = existsSync(history) ? readFileSync(history, 'utf8') : FIRST_LINE
  writeFileSync(history, before.replace(FIRST_LINE, `${FIRST_LINE}\n${entry(date, changes, isFirst, values.breaking)}`))
  writeFileSync(releasedFile, current)
  console.log(`Released; commit partner.released.graphql and docs/partner-releases.md.`)
}

function entry(date: string, { breaking, dangerous, added }: ContractChanges, isFirst: boolean, why?: string): string {
  const lines = isFirst ? ['- The first release.'] : added.map(place => `- New: \`${place}\`.`)
  if (!isFirst)
    lines.push(...dangerous.map(line => `- Take note: ${line}`), ...breaking.map(line => `- Broken: ${line}`))
  if (!isFirst && breaking.length > 0 && why) lines.push(`- Why: ${why.trim()}`)
  return `## ${date}\n\n${lines.join('\n')}\n`
}

if (import.meta.url.endsWith(process.argv[1] ?? '-')) {
  try {
    main()
  } catch (error) {
    console.error((error as Error).message)
    process.exitCode = 1
  }
}
