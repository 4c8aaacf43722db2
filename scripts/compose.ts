import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { parseArgs } from 'node:util'
import { composeServices } from '@apollo/composition'
import { typeDefsOf } from '@tillgraph/kit/subgraph/schema'
import { print } from 'graphql'
import { parse as parseYaml } from 'yaml'
import { z } from 'zod'
import { partnerReference, readAllowed } from './contract/partner-reference.ts'
import { taggedPart } from './contract/public-part.ts'

const USAGE = `npm run compose [-- --check]

Composes the subgraphs of supergraph.yaml into supergraph.graphql, and writes each subgraph's whole SDL (its own
schema.graphql and what all subgraphs share) to the file that supergraph.yaml names. What is tagged public in them
becomes partner.graphql, the contract that partners are served, and docs/partner.md.

  --check   writes nothing; fails when a committed file is not what would be written
  --help    this text
`

const BANNER = '# Written by `npm run compose` from schema.graphql and the shared SDL; change those, not this.\n'
const PARTNER_BANNER =
  '# Written by `npm run compose` from what is tagged public in the schemas; change those, not this.\n\n'

const supergraphConfig = z.object({
  federation_version: z.string(),
  subgraphs: z.record(z.string(), z.object({ routing_url: z.url(), schema: z.object({ file: z.string() }) })),
})

interface Written {
  readonly file: string
  readonly text: string
  /** Whether the file on disk is missing or says something else. */
  readonly stale: boolean
}

interface Composed {
  readonly files: readonly Written[]
  /** What partners are given, and what tells them of it. Takes a while, and is the same as long as the files above are. */
  partnerFiles(): readonly Written[]
  /** What composes and is still questionable. */
  readonly warnings: readonly string[]
}

/** The files that composition makes: each subgraph's whole SDL, and the supergraph. Throws with every fault found. */
export function composeGraph(project: string): Composed {
  const config = supergraphConfig.parse(parseYaml(readFileSync(join(project, 'supergraph.yaml'), 'utf8')))
  const services = Object.entries(config.subgraphs).map(([name, { routing_url, schema }]) => {
    const file = join(project, schema.file)
    const typeDefs = typeDefsOf(readFileSync(join(dirname(file), 'schema.graphql'), 'utf8'))
    return { name, url: routing_url, typeDefs, file }
  })
  const composed = composeServices(services)
  if (composed.errors)
    throw new Error(`The graph does not compose:\n${composed.errors.map(error => `  - ${error.message}`).join('\n')}`)
  return {
    files: [
      ...services.map(({ file, typeDefs }) => written(file, `${BANNER}${print(typeDefs)}\n`)),
      written(join(project, 'supergraph.graphql'), composed.supergraphSdl.trimEnd().concat('\n')),
    ],
    partnerFiles: () => {
      const contract = taggedPart(composed.supergraphSdl, 'public')
      const allowed = readAllowed(services.map(({ typeDefs }) => typeDefs))
      return [
        written(join(project, 'partner.graphql'), `${PARTNER_BANNER}${contract}`),
        written(join(project, 'docs/partner.md'), partnerReference(contract, allowed)),
      ]
    },
    warnings: (composed.hints ?? []).filter(hint => hint.definition.level.name === 'WARN').map(hint => hint.toString()),
  }
}

function written(file: string, text: string): Written {
  return { file, text, stale: !existsSync(file) || readFileSync(file, 'utf8') !== text }
}

function main(): void {
  const { values } = parseArgs({ options: { check: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } })
  if (values.help) {
    console.log(USAGE)
    return
  }
  const project = join(import.meta.dirname, '..')
  const { files: composed, partnerFiles, warnings } = composeGraph(project)
  for (const warning of warnings) console.warn(warning)
  const stale = [...composed, ...partnerFiles()].filter(file => file.stale)
  if (values.check && stale.length > 0) {
    console.error(`Not what the schemas compose to: ${stale.map(({ file }) => relative(project, file)).join(', ')}.`)
    console.error('Run `npm run compose` and commit what it writes.')
    process.exitCode = 1
    return
  }
  for (const { file, text } of values.check ? [] : stale) {
    writeFileSync(file, text)
    console.log(`wrote ${relative(project, file)}`)
  }
  if (stale.length === 0) console.log('The composed graph is as it should be.')
}

if (import.meta.url.endsWith(process.argv[1] ?? '-')) {
  try {
    main()
  } catch (error) {
    console.error((error as Error).message)
    process.exitCode = 1
  }
}
