import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'tillgraph-hooks-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const project = join(import.meta.dirname, '../..')
const run = (file: string) =>
  execFileSync(process.execPath, ['--import', join(project, 'scripts/typescript.mjs'), file], { encoding: 'utf8' })

test('a file runs as it stands now, also when it was run before and has changed since', () => {
  const file = join(folder, 'changing.ts')
  for (const said of ['one', 'two', 'two', 'one']) {
    writeFileSync(file, `const said: string = '${said}'\nconsole.log(said) // the last line has no end`)
    expect(run(file).trim()).toBe(said)
  }
})

test('an error names the line that it stands in', () => {
  const file = join(folder, 'failing.ts')
  writeFileSync(
    file,
    'interface Nothing {\n  readonly at: number\n}\n\nconst nothing: Nothing = { at: 1 }\nthrow new Error(String(nothing.at))\n',
  )
  for (const _ of [1, 2]) expect(() => run(file)).toThrow(/failing\.ts:6/)
})
