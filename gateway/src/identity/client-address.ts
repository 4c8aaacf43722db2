import type { IncomingMessage } from 'node:http'

/** Tells subgraphs where a request came from, for counting attempts; never for deciding who somebody is. */
const CLIENT_ADDRESS_HEADER = 'x-client-address'

/**
 * Puts the address of the client among the headers, in place of whatever was sent under that name. Behind proxies of
 * one's own, as many entries of `x-forwarded-for` are believed as there are proxies, counted from its end, because
 * everything before them was written by the client.
 */
export function markClientAddress(request: IncomingMessage, trustedProxies: number): void {
  const address = addressOf(request, trustedProxies)
  if (address === undefined) delete request.headers[CLIENT_ADDRESS_HEADER]
  else request.headers[CLIENT_ADDRESS_HEADER] = address
}

/** As it was marked. */
export function clientAddressOf(request: IncomingMessage): string | undefined {
  const address = request.headers[CLIENT_ADDRESS_HEADER]
  return typeof address === 'string' ? address : undefined
}

function addressOf(request: IncomingMessage, trustedProxies: number): string | undefined {
  const own = request.socket.remoteAddress?.replace(/^::ffff:/, '')
  const forwarded = request.headers['x-forwarded-for']
  if (trustedProxies === 0 || forwarded === undefined) return own
  const entries = (Array.isArray(forwarded) ? forwarded.join(',') : forwarded).split(',').map(entry => entry.trim())
  return entries.at(-trustedProxies) ?? entries[0] ?? own
}
