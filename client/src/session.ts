import { RefreshDocument, SignInDocument, type SignInMutation, SignOutDocument } from './generated/documents.ts'
import { createGraphClient, type GraphClient } from './graph-client.ts'
import { GraphFailure } from './problem.ts'
import { TokenKeeper, type TokenStore } from './tokens.ts'

export interface SessionOptions {
  /** Where the graph is: https://shop.example/graphql */
  readonly url: string
  /** This device: an id that it made once and keeps (16 to 100 letters, digits, - and _), and a name to know it by. */
  readonly device: { readonly id: string; readonly name: string }
  /** Where the sign-in survives a reload. Default: nowhere. */
  readonly store?: TokenStore
  readonly onSignedOut?: () => void
  readonly fetch?: typeof fetch
}

/** Somebody's sign-in on this device, and the graph as they may use it. */
export interface Session {
  readonly graph: GraphClient
  /** For connectLive. */
  readonly tokens: TokenKeeper
  /** Answers with the graph's own answer: SignInSuccess, or the problem to show. */
  signIn(business: string, login: string, password: string): Promise<SignInMutation['signIn']>
  signOut(): Promise<void>
}

export function createSession(options: SessionOptions): Session {
  const { url, device } = options
  const shared = { url, ...(options.fetch ? { fetch: options.fetch } : {}) }
  const anybody = createGraphClient(shared)
  const tokens = new TokenKeeper({
    ...(options.store ? { store: options.store } : {}),
    ...(options.onSignedOut ? { onSignedOut: options.onSignedOut } : {}),
    async refresh(refreshToken) {
      const { refresh } = await anybody.ask(RefreshDocument, { input: { refreshToken, deviceId: device.id } })
      if (refresh.__typename === 'TooManyAttempts') throw new GraphFailure('too-many', refresh.message)
      return refresh.__typename === 'RefreshSuccess' ? refresh.tokens : undefined
    },
  })
  const graph = createGraphClient({ ...shared, tokens })
  return {
    graph,
    tokens,
    async signIn(business, login, password) {
      const { signIn } = await anybody.ask(SignInDocument, { input: { tenant: business, login, password, device } })
      if (signIn.__typename === 'SignInSuccess') await tokens.signedIn(signIn.tokens)
      return signIn
    },
    async signOut() {
      try {
        await graph.ask(SignOutDocument, {})
      } finally {
        // on this device the sign-in is over, whether the graph heard of it or not
        await tokens.signedOut()
      }
    },
  }
}
