import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { ACCESS_TOKEN_LIFE_SECONDS } from '@tillgraph/kit/access/token-claims'
import type { Clock } from '@tillgraph/kit/clock'
import type { Database } from '@tillgraph/kit/database/session'
import { type CryptoKey, calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose'
import { type KeyRow, readSigningKeys, turnSigningKeys } from '../store/signing-key.ts'

const DAY_MS = 86_400_000

/** The current key is replaced when it is this old, unless told otherwise. */
export const KEY_AGE_MOST_DAYS = 30
/** What others may keep of the key set: the next key has long been published when it begins to sign. */
export const KEY_SET_AGE_SECONDS = 300
/** A process looks this often whether another one has turned the keys. */
const REREAD_MS = 60_000
/** A retired key stays published until nothing that it signed can live: a token's life and all that may be late. */
const KEEP_RETIRED_MS = (ACCESS_TOKEN_LIFE_SECONDS + 3_000) * 1_000

const NONCE_BYTES = 12
const TAG_BYTES = 16

/** The key that tokens are signed with at this moment. */
export interface Signer {
  readonly kid: string
  readonly key: CryptoKey
}

export interface SigningKeys {
  /** The current key; the first ever call makes the first keys. */
  signer(): Promise<Signer>
  /** Every key by which a token may be good, as it is published. */
  publicKeys(): Promise<readonly JWK[]>
  /**
   * Brings the keys to where they should be. `now` replaces the current one whatever its age, unless its follower has
   * not been published for long enough; `distrust` throws all keys away, so that every access token is refused at
   * once. Answers whether anything changed. Any number of processes may call it at any time.
   */
  turn(how?: 'when-due' | 'now' | 'distrust'): Promise<boolean>
  /** Looks at the database anew, because another process has turned the keys. */
  forget(): void
}

interface Loaded {
  readonly at: number
  readonly rows: readonly KeyRow[]
  readonly signer: Signer | undefined
}

export function createSigningKeys(options: {
  readonly database: Pick<Database, 'beforeTenant'>
  readonly keySecret: string
  readonly clock: Clock
  readonly ageMostDays?: number
}): SigningKeys {
  const { database, clock } = options
  const ageMost = (options.ageMostDays ?? KEY_AGE_MOST_DAYS) * DAY_MS
  const sealingKey = Buffer.from(hkdfSync('sha256', options.keySecret, '', 'tillgraph signing key', 32))
  let loaded: Promise<Loaded> | undefined

  async function load(): Promise<Loaded> {
    const rows = await readSigningKeys(database)
    const current = rows.find(row => row.state === 'CURRENT')
    const signer = current && { kid: current.kid, key: await open(current, sealingKey) }
    return { at: clock.now().getTime(), rows, signer }
  }

  async function known(): Promise<Loaded> {
    const before = await loaded?.catch(() => undefined)
    const age = before && clock.now().getTime() - before.at
    if (before && age !== undefined && age >= 0 && age < REREAD_MS) return before
    loaded = load()
    return loaded
  }

  async function turn(how: 'when-due' | 'now' | 'distrust' = 'when-due'): Promise<boolean> {
    const now = clock.now().getTime()
    const changed = await turnSigningKeys(database, {
      moment: new Date(now),
      changeBefore: new Date(how === 'now' ? now : now - ageMost),
      publishedBefore: new Date(now - KEY_SET_AGE_SECONDS * 1_000),
      forgetBefore: new Date(now - KEEP_RETIRED_MS),
      distrust: how === 'distrust',
      fresh: await Promise.all([make(sealingKey), make(sealingKey)]),
    })
    loaded = undefined
    return changed
  }

  return {
    turn,
    forget() {
      loaded = undefined
    },
    async signer() {
      const { signer } = await known()
      if (signer) return signer
      await turn()
      const made = (await known()).signer
      if (!made) throw new Error('There is no key to sign access tokens with')
      return made
    },
    async publicKeys() {
      const { rows } = await known()
      return rows.map(row => ({ ...row.publicKey, kid: row.kid, alg: 'EdDSA', use: 'sig' }))
    },
  }
}

async function make(sealingKey: Buffer) {
  const pair = await generateKeyPair('EdDSA', { extractable: true })
  const [publicKey, privateKey] = await Promise.all([exportJWK(pair.publicKey), exportJWK(pair.privateKey)])
  const kid = await calculateJwkThumbprint(publicKey)
  return { kid, public: publicKey, private: seal(JSON.stringify(privateKey), kid, sealingKey).toString('base64') }
}

/** The key's name is sealed in with it, so that one row's private part cannot stand in another's. */
function seal(text: string, kid: string, sealingKey: Buffer): Buffer {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', sealingKey, nonce).setAAD(Buffer.from(kid))
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed])
}

async function open(row: KeyRow, sealingKey: Buffer): Promise<CryptoKey> {
  const nonce = row.privateKey.subarray(0, NONCE_BYTES)
  const decipher = createDecipheriv('aes-256-gcm', sealingKey, nonce).setAAD(Buffer.from(row.kid))
  decipher.setAuthTag(row.privateKey.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES))
  let text: string
  try {
    const sealed = row.privateKey.subarray(NONCE_BYTES + TAG_BYTES)
    text = Buffer.concat([decipher.update(sealed), decipher.final()]).toString('utf8')
  } catch {
    throw new Error('IDENTITY_KEY_SECRET is not the one that the signing keys were sealed with')
  }
  return (await importJWK({ ...JSON.parse(text), alg: 'EdDSA' }, 'EdDSA')) as CryptoKey
}
