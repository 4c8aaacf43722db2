import type { IncomingMessage } from 'node:http'

export interface CorsOptions {
  /** Exact origins, such as `https://shop.example`. */
  readonly origins: readonly string[]
}

const PREFLIGHT_SECONDS = '600'
const NONE: readonly string[] = []
const VARY = ['vary', 'origin']

export class Cors {
  readonly #origins: ReadonlySet<string>

  constructor(options: CorsOptions | undefined) {
    this.#origins = new Set(options?.origins)
  }

  /** Whether a browser page of that origin may open a socket; requests without an origin come from no browser. */
  allows(origin: string | undefined, host: string | undefined): boolean {
    if (origin === undefined || this.#origins.has(origin)) return true
    return URL.canParse(origin) && host !== undefined && new URL(origin).host === host
  }

  headersFor(request: IncomingMessage): readonly string[] {
    if (this.#origins.size === 0) return NONE
    const origin = request.headers.origin
    if (origin === undefined || !this.#origins.has(origin)) return VARY
    return [
      ...VARY,
      'access-control-allow-origin',
      origin,
      'access-control-allow-credentials',
      'true',
      'access-control-expose-headers',
      'x-request-id, retry-after, ratelimit, ratelimit-policy',
    ]
  }

  preflightHeaders(request: IncomingMessage): readonly string[] {
    const origin = request.headers.origin
    if (origin === undefined || !this.#origins.has(origin)) return NONE
    return [
      'access-control-allow-methods',
      'GET, POST, OPTIONS',
      'access-control-allow-headers',
      String(request.headers['access-control-request-headers'] ?? 'content-type'),
      'access-control-max-age',
      PREFLIGHT_SECONDS,
    ]
  }
}
