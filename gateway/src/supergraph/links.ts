import { type ConstDirectiveNode, type DocumentNode, Kind, valueFromASTUntyped } from 'graphql'

/** The address of a specification that a schema links to; empty where there is none. */
export function linkedUrl(directive: ConstDirectiveNode): string {
  const url = directive.arguments?.find(argument => argument.name.value === 'url')?.value
  return url?.kind === Kind.STRING ? url.value : ''
}

/** The directives with which a schema links to specifications. */
export function linksOf(document: DocumentNode): ConstDirectiveNode[] {
  const links: ConstDirectiveNode[] = []
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.SCHEMA_DEFINITION && definition.kind !== Kind.SCHEMA_EXTENSION) continue
    for (const directive of definition.directives ?? []) if (directive.name.value === 'link') links.push(directive)
  }
  return links
}

/** Original and own names of what a link imports: `@link` may give another name by `import`. */
export function importsOf(link: ConstDirectiveNode): (readonly [original: string, own: string])[] {
  const value = link.arguments?.find(argument => argument.name.value === 'import')?.value
  const imports = (value ? valueFromASTUntyped(value) : []) as (string | { name: string; as?: string })[]
  return imports.map(imported => {
    const [original, own] =
      typeof imported === 'string' ? [imported, imported] : [imported.name, imported.as ?? imported.name]
    return [original.replace(/^@/, ''), own.replace(/^@/, '')]
  })
}

export function prefixOf(link: ConstDirectiveNode): string | undefined {
  const value = link.arguments?.find(argument => argument.name.value === 'as')?.value
  return value?.kind === Kind.STRING ? value.value : undefined
}
