import { GraphFailure } from './problem.ts'

/** As signIn, signUp and refresh answer. Times are ISO 8601. */
export interface TokenPair {
  readonly accessToken: string
  readonly accessTokenExpiresAt: string
  readonly refreshToken: string
}

/** Where a sign-in survives a reload: a cookie that scripts cannot read, a file, or nowhere. */
export interface TokenStore {
  load(): Promise<TokenPair | undefined>
  save(tokens: TokenPair | undefined): Promise<void>
}

/** Keeps tokens for as long as the page or process lives. */
export function memoryTokenStore(): TokenStore {
  let kept: TokenPair | undefined
  return {
    load: async () => kept,
    save: async tokens => {
      kept = tokens
    },
  }
}

export interface TokenKeeperOptions {
  readonly store?: TokenStore
  /** Asks the graph for new tokens; undefined when the sign-in has ended. May throw when the graph is not reached. */
  readonly refresh: (refreshToken: string) => Promise<TokenPair | undefined>
  /** Told when the sign-in has ended: show the sign-in page. */
  readonly onSignedOut?: () => void
  readonly now?: () => number
}

/** Refreshed this long before an access token ends, so that none runs out on its way. */
const REFRESH_BEFORE_END_MS = 60_000

/**
 * Keeps the tokens of one sign-in. However many requests find the access token stale, the refresh token is used once:
 * a second use would count as theft and end the sign-in.
 */
export class TokenKeeper {
  readonly #store: TokenStore
  readonly #options: TokenKeeperOptions
  readonly #now: () => number
  #refreshing: Promise<TokenPair | undefined> | undefined

  constructor(options: TokenKeeperOptions) {
    this.#options = options
    this.#store = options.store ?? memoryTokenStore()
    this.#now = options.now ?? Date.now
  }

  /** A token that is good for a while; undefined when nobody is signed in. */
  async accessToken(): Promise<string | undefined> {
    const tokens = await this.#store.load()
    if (!tokens) return undefined
    if (Date.parse(tokens.accessTokenExpiresAt) - this.#now() > REFRESH_BEFORE_END_MS) return tokens.accessToken
    return (await this.#refresh(tokens))?.accessToken
  }

  /** To be called when the graph refused a token that seemed good: gets a new one, unless somebody has already. */
  async renew(refused: string): Promise<string | undefined> {
    const tokens = await this.#store.load()
    if (!tokens) return undefined
    return tokens.accessToken === refused ? (await this.#refresh(tokens))?.accessToken : tokens.accessToken
  }

  /** After signIn or signUp. */
  signedIn(tokens: TokenPair): Promise<void> {
    return this.#store.save(tokens)
  }

  /** After signOut. */
  async signedOut(): Promise<void> {
    await this.#store.save(undefined)
    this.#options.onSignedOut?.()
  }

  #refresh(stale: TokenPair): Promise<TokenPair | undefined> {
    this.#refreshing ??= this.#exchange(stale).finally(() => {
      this.#refreshing = undefined
    })
    return this.#refreshing
  }

  async #exchange(stale: TokenPair): Promise<TokenPair | undefined> {
    let fresh: TokenPair | undefined
    try {
      fresh = await this.#options.refresh(stale.refreshToken)
    } catch (error) {
      // not refused, only not reached: the old token may still do, and whoever asks will hear it from the graph
      if (error instanceof GraphFailure && (error.kind === 'unreachable' || error.kind === 'too-many')) return stale
      throw error
    }
    if (fresh) await this.#store.save(fresh)
    else await this.signedOut()
    return fresh
  }
}
