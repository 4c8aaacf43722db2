import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const source = fileURLToPath(new URL('../src/', import.meta.url))
const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter(
  name => name.endsWith('.ts') && !name.endsWith('.test.ts'),
)

// What is not of the language, or is a clock or a die: none of it may decide what something costs.
const forbidden =
  /\b(?:Buffer|process|require|__dirname|__filename|globalThis|global|window|document|navigator|crypto|fetch|console|performance|setTimeout|setInterval|setImmediate|queueMicrotask|structuredClone|localStorage|Worker|eval|Function)\b|\bDate\.now\b|\bnew Date\(\s*\)|(?<!new )\bDate\(|\bMath\.random\b|\bimport\s*\(|\bimport\.meta\b|\btoLocale\w+\b|\blocaleCompare\b/

/** Comments may say what code may not. Good enough for code that Biome formats: no string here holds two slashes. */
function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/.*$/gm, '')
}

function withoutStrings(text: string): string {
  return text.replace(/'(?:[^'\\\n]|\\.)*'/g, "''")
}

function importsOf(text: string): string[] {
  const found = text.matchAll(/^\s*(?:import|export)\b(?:[^'"`;=()]*?\bfrom\b)?\s*['"]([^'"]+)['"]/gm)
  return [...found].map(match => match[1] ?? '')
}

describe('the rules run in a browser', () => {
  it('and there are some', () => {
    expect(files.length).toBeGreaterThan(15)
  })

  it.each(files)('%s imports nothing but other rules', name => {
    const code = withoutComments(readFileSync(join(source, name), 'utf8'))
    for (const path of importsOf(code)) {
      expect(path).toMatch(/^\.\.?\/.*\.ts$/)
      expect(files).toContain(normalize(join(dirname(name), path)))
    }
  })

  it.each(files)('%s asks nothing of its surroundings', name => {
    const code = withoutStrings(withoutComments(readFileSync(join(source, name), 'utf8')))
    expect(forbidden.exec(code)?.[0]).toBeUndefined()
  })

  it('and this test would see it if they did not', () => {
    const bad = [
      "import { readFileSync } from 'node:fs'",
      "import x from 'zod'",
      "import type { Money } from '@tillgraph/kit/money'",
      "export { x } from 'pg'",
      "import 'pg'",
      "import {\n  a,\n  b,\n} from 'pg'",
    ]
    expect(bad.map(code => importsOf(code).some(path => !path.startsWith('./')))).toEqual(bad.map(() => true))
    const asks = [
      'Date.now()',
      'new Date()',
      'Date()',
      'Math.random()',
      'Buffer.from(x)',
      'process.env',
      "await import('x')",
    ]
    expect(asks.map(code => forbidden.test(code))).toEqual(asks.map(() => true))
    expect(['new Date(milliseconds)', 'Date.UTC(2026)', 'updateDate(x)'].map(code => forbidden.test(code))).toEqual([
      false,
      false,
      false,
    ])
  })
})
