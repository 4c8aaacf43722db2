import type { Bench, Maker } from './cases.ts'

const times = (count: number, make: (index: number) => string, between = ' ') =>
  Array.from({ length: count }, (_, index) => make(index)).join(between)

const DEEP = 'category { parent { '
/** Within one product: as good as any other object to ask too much of. */
const within = (bench: Bench, inner: string, rest = '') =>
  `query A${bench.unique()} { product(id: "${bench.uuid()}") { ${inner} } } ${rest}`

/** Well formed, and meant to make somebody work. Each is made anew, so that nothing is known of it beforehand. */
export const abusive: readonly Maker[] = [
  bench => bench.ask('depth', within(bench, `category { ${'parent { '.repeat(40)} id ${'} '.repeat(40)} }`)),
  bench =>
    bench.ask(
      'depth within limits',
      within(bench, `${DEEP.repeat(1)} ${'parent { '.repeat(9)} id ${'} '.repeat(9)} } }`),
    ),
  bench =>
    bench.ask(
      'aliases',
      within(
        bench,
        times(1_000, index => `a${index}: name`),
      ),
    ),
  bench => bench.ask('root fields', `{ ${times(200, index => `a${index}: me { __typename }`)} }`),
  bench => bench.ask('one field again and again', within(bench, 'name '.repeat(3_000))),
  bench => bench.ask('one object again and again', within(bench, 'category { id name } '.repeat(600))),
  bench =>
    bench.ask(
      'contradictions',
      within(
        bench,
        times(500, index => `a: stock(storeId: ${index}) { level }`),
      ),
    ),
  bench =>
    bench.ask(
      'fragments that double',
      within(
        bench,
        '...F0',
        `${times(15, index => `fragment F${index} on Product { ...F${index + 1} ...F${index + 1} }`)} fragment F15 on Product { id }`,
      ),
    ),
  bench =>
    bench.ask(
      'a chain of fragments',
      within(
        bench,
        '...F0',
        `${times(200, index => `fragment F${index} on Product { id ...F${index + 1} }`)} fragment F200 on Product { id }`,
      ),
    ),
  bench =>
    bench.ask(
      'many fragments',
      within(
        bench,
        times(200, index => `...F${index}`),
        times(200, index => `fragment F${index} on Product { id name category { id name } }`),
      ),
    ),
  bench =>
    bench.ask(
      'fragments in a circle',
      within(bench, '...A', 'fragment A on Product { ...B } fragment B on Product { ...A }'),
    ),
  bench =>
    bench.ask(
      'directives',
      within(
        bench,
        times(900, () => 'id @include(if: true)'),
      ),
    ),
  bench => bench.ask('directives on one field', within(bench, `id ${'@skip(if: false) '.repeat(600)}`)),
  bench => bench.ask('variables', `query (${times(700, index => `$v${index}: Int = ${index}`)}) { __typename }`),
  bench =>
    bench.ask(
      'operations',
      times(600, index => `query Q${index}${bench.unique()} { __typename }`),
    ),
  bench =>
    bench.ask(
      'lists in lists',
      `query A${bench.unique()} { products(first: 100) { nodes { category { children(first: 100) { nodes { children(first: 100) { nodes { id } } } } } } } }`,
    ),
  bench => bench.ask('a page without end', '{ products(first: 2147483647) { nodes { id } } }'),
  bench =>
    bench.ask(
      'introspection',
      `query A${bench.unique()} { __schema { types { fields { type { fields { type { fields { name } } } } } } } }`,
    ),
  bench => bench.ask('a long list', `{ product(id: [${'1 '.repeat(3_000)}]) { id } }`),
  bench => bench.ask('a deep list', `{ product(id: ${'['.repeat(1_500)}${']'.repeat(1_500)}) { id } }`),
  bench => bench.ask('a long name', `{ ${bench.unique()}${'x'.repeat(80_000)} }`),
  bench => bench.ask('a long string', `{ productBySku(sku: "${bench.unique()}${'x'.repeat(80_000)}") { id } }`),
  bench =>
    bench.ask('a long search', 'query ($t: String!) { searchProducts(text: $t) { nodes { id } } }', {
      t: `${'word '.repeat(15_000)}${bench.unique()}`,
    }),
  bench =>
    bench.ask('a block of text', `{ productBySku(sku: """${'\\n '.repeat(20_000)}${bench.unique()}""") { id } }`),
  bench => bench.ask('a long number', `{ products(first: ${'9'.repeat(80_000)}) { nodes { id } } }`),
  bench => bench.ask('comments', `{ __typename ${'# x\\n'.repeat(15_000)} }${bench.unique()}`),
  bench => bench.post('a batch', `[${times(900, () => '{"query":"{ __typename }"}', ',')}]`),
  bench =>
    bench.post('deep JSON', `{"query":"{ __typename }","variables":${'{"a":'.repeat(15_000)}1${'}'.repeat(15_000)}}`),
  bench => bench.post('deep arrays', `${'['.repeat(90_000)}`),
  bench => bench.post('too large', JSON.stringify({ query: '{ __typename }', padding: 'x'.repeat(150_000) })),
  bench =>
    bench.post('many keys', `{"query":"{ __typename }","variables":{${times(7_000, index => `"k${index}":1`, ',')}}}`),
  bench =>
    bench.ask(
      'an unknown field, often',
      within(
        bench,
        times(900, index => `f${index}${bench.unique()}`),
      ),
    ),
  bench =>
    bench.ask(
      'work for the planner',
      `query A${bench.unique()} { ${times(
        20,
        index =>
          `a${index}: product(id: "${bench.uuid()}") { name stock(storeId: "${bench.uuid()}") { level product { name stock(storeId: "${bench.uuid()}") { level } } } category { name } }`,
      )} }`,
    ),
]
