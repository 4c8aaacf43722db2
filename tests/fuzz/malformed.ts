import { deflateSync, gzipSync } from 'node:zlib'
import type { Bench, FuzzCase, Maker } from './cases.ts'
import { requestBytes } from './wire.ts'

const STRAY = [
  '{',
  '}',
  '(',
  ')',
  '[',
  ']',
  '$',
  '!',
  '@',
  '...',
  ':',
  '"',
  '"""',
  '|',
  '\\',
  '\u0000',
  '\ufeff',
  'é',
  '🙂',
]

/** Breaks a text in a few places. */
function broken({ random }: Bench, text: string): string {
  let result = text
  for (let times = 1 + random.below(4); times > 0; times--) {
    const at = random.below(result.length)
    const length = random.below(12)
    const kind = random.below(5)
    if (kind === 0) result = result.slice(0, at) + result.slice(at + length)
    else if (kind === 1) result = result.slice(0, at) + random.pick(STRAY) + result.slice(at)
    else if (kind === 2) result = result.slice(0, at)
    else if (kind === 3)
      result = result.slice(0, at) + result.slice(at, at + length).toUpperCase() + result.slice(at + length)
    else result = result.slice(0, at) + result.slice(at, at + length) + result.slice(at)
  }
  return result
}

/** Values that a field of any type may be sent and hardly any can take. */
const HOSTILE: readonly ((bench: Bench) => unknown)[] = [
  () => null,
  () => true,
  () => -1,
  () => 2 ** 31,
  () => -(2 ** 53),
  () => 1e308,
  () => 0.1,
  () => '',
  () => ' ',
  () => '\u0000',
  () => 'a\u0000b',
  () => '\ud800',
  () => '\u202e\u200b\ufeff',
  () => '🙂'.repeat(300),
  () => 'x'.repeat(20_000),
  () => "'; drop table x; --",
  () => '%27%20or%201=1',
  () => '{{7*7}}#{7*7}<script>alert(1)</script>',
  () => '../../../../etc/passwd',
  () => '1e999',
  () => 'NaN',
  () => '-0',
  () => '99999999999999999999999999.999999999',
  () => '0x10',
  () => '2026-02-30',
  () => '0000-00-00T00:00:00Z',
  () => '+275760-09-13T00:00:00.001Z',
  () => '-271821-04-19T23:59:59.999Z',
  () => 'Mars/Olympus',
  () => 'XXX',
  () => '00000000-0000-0000-0000-000000000000',
  ({ random }) => Buffer.from(`${random.below(1_000_000)}\u0000x`).toString('base64url'),
  () => [],
  () => [null],
  () => [[[]]],
  () => ({}),
  () => ({ constructor: 1, toString: 2 }),
  () => Array.from({ length: 2_000 }, (_, index) => index),
  bench => bench.uuid(),
]

/** The same value with one hostile part in it. */
function withHostility(bench: Bench, value: unknown): unknown {
  const { random } = bench
  if (Array.isArray(value) && value.length > 0 && random.chance(0.9)) {
    const at = random.below(value.length)
    return value.map((item, index) => (index === at ? withHostility(bench, item) : item))
  }
  if (typeof value === 'object' && value !== null && random.chance(0.95)) {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined)
    if (entries.length > 0) {
      const [name] = random.pick(entries)
      return Object.fromEntries(entries.map(([key, item]) => [key, key === name ? withHostility(bench, item) : item]))
    }
  }
  return random.pick(HOSTILE)(bench)
}

function hostileValues(bench: Bench): FuzzCase {
  const operation = bench.operation()
  let variables: unknown = operation.variables(bench.uuid(), bench.unique())
  for (let times = 1 + bench.random.below(2); times > 0; times--) variables = withHostility(bench, variables)
  return bench.ask(`values of ${operation.name}`, operation.text, variables)
}

const BODIES: readonly ((bench: Bench, query: string) => string)[] = [
  () => '',
  () => 'null',
  () => '42',
  () => '"{ __typename }"',
  () => '[]',
  () => '{}',
  (_, query) => JSON.stringify([{ query }]),
  (_, query) => JSON.stringify({ query: [query] }),
  (_, query) => JSON.stringify({ query: { text: query } }),
  (_, query) => JSON.stringify({ query, variables: 'a' }),
  (_, query) => JSON.stringify({ query, variables: [] }),
  (_, query) => JSON.stringify({ query, operationName: 7 }),
  (_, query) => JSON.stringify({ query, operationName: 'Nobody' }),
  (_, query) => JSON.stringify({ query, extensions: 'a' }),
  (_, query) => JSON.stringify({ query, extensions: { persistedQuery: { version: 2, sha256Hash: 'x' } } }),
  (_, query) => JSON.stringify({ query, extensions: { persistedQuery: { version: 1, sha256Hash: '0'.repeat(64) } } }),
  bench => JSON.stringify({ extensions: { persistedQuery: { version: 1, sha256Hash: bench.unique() } } }),
  (_, query) => `{"query":"{ nope }","query":${JSON.stringify(query)},"query":null}`,
  (_, query) => `{"__proto__":{"query":"{ nope }"},"query":${JSON.stringify(query)},"constructor":{"prototype":1}}`,
  (_, query) => JSON.stringify({ query }).slice(0, -1),
  (_, query) => `${JSON.stringify({ query })}}`,
  (_, query) => `\ufeff${JSON.stringify({ query })}`,
  (_, query) => JSON.stringify({ query }).replaceAll('"', "'"),
  () => '{"query":"{ __typename }","variables":{"a":1e999}}',
  () => '{"query":"\\ud800"}',
]

const HEADERS: readonly (readonly [kind: string, headers: Readonly<Record<string, string>>])[] = [
  ['another type', { 'content-type': 'text/plain' }],
  ['no type', { 'content-type': '' }],
  ['a form', { 'content-type': 'application/x-www-form-urlencoded' }],
  ['an upload', { 'content-type': 'multipart/form-data; boundary=x' }],
  ['another character set', { 'content-type': 'application/json; charset=utf-16le' }],
  ['a token of nobody', { authorization: 'Bearer eyJhbGciOiJub25lIn0.e30.' }],
  ['a basic token', { authorization: 'Basic YTpi' }],
  ['a broken token', { authorization: 'Bearer \u00e9\u00ff' }],
  ['a huge token', { authorization: `Bearer ${'a'.repeat(9_000)}` }],
  ['nothing accepted', { accept: 'image/png' }],
  ['a strange accept', { accept: ';;;q=,*/,/*;q=9;=' }],
  ['a strange request id', { 'x-request-id': '%24{jndi:ldap://x}' }],
  ['a strange key', { 'idempotency-key': '\u00ff'.repeat(300) }],
  ['a strange address', { 'x-forwarded-for': '::::,999.999.999.999' }],
  ['a strange trace', { traceparent: '00-zz-zz-zz' }],
  ['an unknown encoding', { 'content-encoding': 'br, gzip' }],
  ['a bad length', { 'content-length': 'ten' }],
  ['a negative length', { 'content-length': '-5' }],
  ['both lengths', { 'transfer-encoding': 'chunked', 'content-length': '5' }],
  ['bad chunks', { 'transfer-encoding': 'chunked' }],
  ['an expectation', { expect: 'miracles' }],
  ['an upgrade', { connection: 'upgrade', upgrade: 'websocket' }],
]

const WIRE: readonly ((bench: Bench) => Buffer)[] = [
  () => Buffer.from('\r\n\r\n\r\nGARBAGE\r\n\r\n'),
  () => Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03, 0x0d, 0x0a, 0x0d, 0x0a]),
  bench => Buffer.from(`GET ${bench.path} HTTP/9.9\r\nhost: x\r\n\r\n`),
  bench => Buffer.from(`POST ${bench.path} HTTP/1.1\r\n\r\n`),
  bench => requestBytes('GET', `${bench.path}?query=${'%ff'.repeat(50)}`, bench.headers),
  bench => requestBytes('GET', `${bench.path}?query={me{id}}&query={me{id}}`, bench.headers),
  bench => requestBytes('GET', `${bench.path}?query=%7B__typename%7D&variables=%7B&extensions=7`, bench.headers),
  bench => requestBytes('GET', `${bench.path}?${'a=1&'.repeat(1_000)}`, bench.headers),
  bench => requestBytes('PUT', bench.path, bench.headers),
  bench => requestBytes('DELETE', `${bench.path}/../../etc/passwd`, bench.headers),
  bench => requestBytes('TRACE', bench.path, bench.headers),
  bench => requestBytes('GET', `${bench.path}/%2e%2e/%00`, bench.headers),
  bench => requestBytes('OPTIONS', bench.path, { origin: 'null', 'access-control-request-headers': 'x'.repeat(3_000) }),
  bench => requestBytes('GET', '/graphiql/assets/../../package.json', bench.headers),
  () => requestBytes('POST', '/oauth/token', { 'content-type': 'application/json' }, '{"grant_type":1}'),
  bench =>
    requestBytes(
      'POST',
      '/oauth/token',
      { 'content-type': 'application/x-www-form-urlencoded' },
      `grant_type=client_credentials&client_id=${bench.unique()}%00&client_secret=%ff%fe`,
    ),
  () => requestBytes('GET', '/.well-known/jwks.json?x=%00', {}),
  bench => requestBytes('POST', bench.path, { ...bench.headers, x: 'y'.repeat(20_000) }, '{}'),
]

const MAKERS: readonly Maker[] = [
  bench => bench.ask('a broken document', broken(bench, bench.query().text)),
  bench => bench.post('a broken body', broken(bench, JSON.stringify({ query: bench.query().text }))),
  hostileValues,
  hostileValues,
  hostileValues,
  bench => bench.post('a strange body', bench.random.pick(BODIES)(bench, bench.query().text)),
  bench => {
    const [kind, headers] = bench.random.pick(HEADERS)
    return bench.post(kind, JSON.stringify({ query: bench.query().text }), headers)
  },
  bench => ({ kind: 'strange bytes', bytes: bench.random.pick(WIRE)(bench) }),
  bench => {
    const body = Buffer.from(JSON.stringify({ query: bench.query().text }))
    body[bench.random.below(body.length)] = 0x80 + bench.random.below(0x80)
    return bench.post('bad UTF-8', body)
  },
  bench => {
    const bomb = Buffer.alloc(1_000_000, 32)
    const body = bench.random.chance(0.5) ? gzipSync(bomb) : deflateSync(bomb)
    return bench.post('a compressed bomb', body, {
      'content-encoding': bench.random.pick(['gzip', 'deflate', 'x-gzip']),
    })
  },
]

export const malformed: readonly Maker[] = MAKERS
