/** What would tell a stranger how it looks inside. */
const INSIDE: readonly (readonly [what: string, sign: RegExp])[] = [
  ['a stack', /\n\s+at |\bat [\w.<>]+ \(|stacktrace|\.(ts|js|mjs):\d+/],
  [
    'a path of ours',
    /node_modules|\/(?:subgraphs|gateway|kit|rules|scripts)\/|file:\/\/|\/(?:home|tmp|usr|var|app|root)\//,
  ],
  ['SQL', /\b(?:select|insert into|update|delete from)\b[^"]{1,200}\b(?:from|values|set|where)\b/i],
  [
    'Postgres',
    /relation \\?"|column \\?"|violates|duplicate key|syntax error at or near|invalid input syntax|invalid byte sequence|pg_|postgres|SQLSTATE/i,
  ],
  ['Prisma', /prisma|P20\d\d/i],
  ['a name of the machine', /ECONN|ENOENT|EPIPE|127\.0\.0\.1:\d|localhost:\d/],
  [
    'an error of the language',
    /TypeError|RangeError|ReferenceError|is not a function|Cannot read propert|is not iterable|Maximum call stack/,
  ],
  ['how the graph is put together', /_entities|_service|join__|serviceName|subgraph/],
]

/** What an answer gives away; undefined when nothing. What was sent may come back, so senders must not send such things. */
export function leakIn(text: string): string | undefined {
  for (const [what, sign] of INSIDE) {
    const found = sign.exec(text)
    if (found) return `${what}: ${text.slice(Math.max(0, found.index - 60), found.index + 100)}`
  }
  return undefined
}
