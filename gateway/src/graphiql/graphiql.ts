import type { IncomingMessage } from 'node:http'
import type { Logger } from '@tillgraph/kit/log'
import { type Answer, errorAnswer } from '../http/answer.ts'
import { graphiqlBundle } from './bundle.ts'

export interface GraphiqlExample {
  readonly query: string
  readonly variables?: string
  readonly headers?: string
}

export interface GraphiqlOptions {
  readonly endpoint: string
  readonly examples: readonly GraphiqlExample[]
  readonly log: Logger
}

const ASSETS = '/graphiql/assets/'
const FOR_EVER = 'public, max-age=31536000, immutable'
const CONTENT_TYPES: Readonly<Record<string, string>> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
}

/** Editors set styles in the page itself; scripts, workers and connections are ours alone. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "font-src 'self' data:",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** GraphiQL, served from its packages. */
export class Graphiql {
  readonly #options: GraphiqlOptions

  constructor(options: GraphiqlOptions) {
    this.#options = options
  }

  /** Whether a request comes from somebody who looks at pages. */
  static isWantedBy(request: IncomingMessage): boolean {
    return request.method === 'GET' && (request.headers.accept ?? '').includes('text/html')
  }

  async page(): Promise<Answer> {
    let version: string
    try {
      version = (await graphiqlBundle()).version
    } catch (error) {
      this.#options.log.error({ err: error }, 'GraphiQL cannot be built.')
      return errorAnswer(503, 'SERVICE_UNAVAILABLE', 'GraphiQL is not available here.')
    }
    const assets = ASSETS + version
    const { endpoint, examples } = this.#options
    // The text stands in a script element: nothing in it may look like its end.
    const settings = JSON.stringify({ endpoint, examples, assets }).replaceAll('<', '\\u003c')
    const body = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>GraphiQL</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${assets}/main.css">
<style>
body { margin: 0 }
#graphiql, .page { height: 100dvh }
.page { display: flex; flex-direction: column }
.page > .graphiql-container { flex: 1; min-height: 0 }
.token { display: flex; gap: 0.75rem; align-items: center; padding: 0.5rem 1rem; font: 14px system-ui, sans-serif; border-bottom: 1px solid #8884 }
.token input { flex: 1; max-width: 40rem; font: inherit; padding: 0.25rem 0.5rem }
</style>
</head>
<body>
<div id="graphiql">Loading…</div>
<script type="application/json" id="settings">${settings}</script>
<script src="${assets}/main.js" defer></script>
</body>
</html>
`
    return { status: 200, contentType: 'text/html; charset=utf-8', body, contentSecurityPolicy: POLICY }
  }

  async asset(path: string): Promise<Answer> {
    const [version, name = ''] = path.slice(ASSETS.length).split('/')
    const bundle = await graphiqlBundle()
    const content = version === bundle.version ? bundle.files.get(name) : undefined
    const contentType = CONTENT_TYPES[name.split('.').at(-1) ?? '']
    if (!content || !contentType) return errorAnswer(404, 'NOT_FOUND', 'There is nothing at this address.')
    // A worker is a document of its own and obeys the policy that it is served with.
    return { status: 200, contentType, body: content, cacheControl: FOR_EVER, contentSecurityPolicy: POLICY }
  }

  static isAsset(path: string): boolean {
    return path.startsWith(ASSETS)
  }
}
