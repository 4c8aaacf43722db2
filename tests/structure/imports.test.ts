import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'
import { expect, test } from 'vitest'

const project = join(import.meta.dirname, '../..')
const NOT_OURS = /(^|\/)(node_modules|generated|rivals|dist)(\/|$)/

interface Import {
  readonly from: string
  /** A file of ours by its path from the project's root, or a package's name. */
  readonly to: string
}

/** What may import what. The first rule that a file falls under is the one that counts. */
const rules: readonly { readonly files: RegExp; readonly may: readonly RegExp[]; readonly because: string }[] = [
  {
    files: /^rules\/src\/(?!.*\.test\.ts$)/,
    may: [/^rules\/src\//],
    because: 'rules run in a browser, a till and a server alike',
  },
  {
    files: /^subgraphs\/(\w+)\/src\/domain\/(?!.*\.test\.ts$)/,
    may: [/^subgraphs\/SAME\/src\/domain\//, /^@tillgraph\/rules\//],
    because: 'the domain is pure: no clock, no randomness, no I/O',
  },
  {
    files: /^subgraphs\/(\w+)\/(?!(test|src\/.*\.test\.ts))/,
    may: [/^subgraphs\/SAME\//, /^@tillgraph\/(kit|rules)\//, /^(?!(@tillgraph|subgraphs|gateway|client|kit|rules)\b)/],
    because: 'no subgraph knows another, the gateway or the client',
  },
  {
    files: /^kit\/src\//,
    may: [
      /^kit\/src\//,
      /^tests\/support\//,
      /^@tillgraph\/(kit|rules)\//,
      /^(?!(@tillgraph|subgraphs|gateway|client)\b)/,
    ],
    because: 'the kit is below everything',
  },
  {
    files: /^gateway\/src\//,
    may: [/^gateway\/src\//, /^@tillgraph\/kit\//, /^(?!(@tillgraph|subgraphs|client|rules|scripts)\b)/],
    because: 'the gateway knows nothing of shops',
  },
  {
    files: /^client\/src\/offline\/node\//,
    may: [/^client\/src\//, /^@tillgraph\/(rules|client)\//, /^(?!(@tillgraph|subgraphs|gateway|kit|scripts)\b)/],
    because: 'what a till in Node keeps its log with is still the client',
  },
  {
    files: /^client\/src\/(?!.*\.test\.ts$)/,
    may: [/^client\/src\//, /^@tillgraph\/(rules|client)\//, /^(?!(@tillgraph|subgraphs|gateway|kit|scripts|node:)\b)/],
    because: 'the client runs in a browser',
  },
]

test('imports go one way', () => {
  const faults: string[] = []
  for (const one of imports()) {
    const rule = rules.find(({ files }) => files.test(one.from))
    if (!rule) continue
    const same = rule.files.exec(one.from)?.[1] ?? ''
    const allowed = rule.may.some(pattern => new RegExp(pattern.source.replace('SAME', same)).test(one.to))
    if (!allowed) faults.push(`${one.from} imports ${one.to}: ${rule.because}`)
  }
  expect(faults).toEqual([])
})

test('there is something to look at', () => {
  const all = imports()
  for (const { files } of rules)
    expect(
      all.some(({ from }) => files.test(from)),
      String(files),
    ).toBe(true)
})

test('there are no barrels and no rooms for odds and ends', () => {
  const names = sources().filter(file => /(^|\/)(utils?|helpers?|misc|common|managers?)(\.ts$|\/)/.test(file))
  expect(names).toEqual([])
})

function imports(): Import[] {
  return sources().flatMap(from => {
    const text = readFileSync(join(project, from), 'utf8')
    return [...text.matchAll(/^(?:import|export)\s[^'"]*?from\s+'([^']+)'|^import\s+'([^']+)'|\bimport\('([^']+)'\)/gm)]
      .map(match => match[1] ?? match[2] ?? match[3] ?? '')
      .map(to => ({ from, to: to.startsWith('.') ? normalize(join(dirname(from), to)) : to }))
  })
}

function sources(folder = project): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap(entry => {
    const path = join(folder, entry.name)
    if (NOT_OURS.test(relative(project, path)) || entry.name.startsWith('.')) return []
    if (entry.isDirectory()) return sources(path)
    return entry.name.endsWith('.ts') ? [relative(project, path)] : []
  })
}
