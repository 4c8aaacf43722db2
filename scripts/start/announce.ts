import type { DemoShop } from '../seed.ts'

/** Says where to look and how to sign in. */
export function announce(options: { host: string; port: number; demo: DemoShop | undefined }): void {
  const host = options.host === '0.0.0.0' || options.host === '::' ? 'localhost' : options.host
  const origin = `http://${host}:${options.port}`
  const lines = [
    '',
    'Tillgraph is ready.',
    '',
    `  The graph       ${origin}/graphql`,
    `  For partners    ${origin}/partner/graphql`,
    `  Try it out      ${origin}/graphql in a browser (GraphiQL, works without the internet)`,
    `  Is it well?     ${origin}/health   ${origin}/ready`,
  ]
  if (options.demo) {
    const { business, people } = options.demo
    lines.push('', `  The demo shop is "${business}". Sign in with the business "${options.demo.slug}" and one of:`)
    for (const person of people)
      lines.push(`    ${person.role.padEnd(12)} ${person.userName.padEnd(10)} ${person.password}`)
  }
  lines.push('', '  Ctrl-C stops everything.', '')
  console.log(lines.join('\n'))
}
