import { parseStockLease, STOCK_LEASE_TYPE, type StockLease } from '@tillgraph/rules/offline/lease'
import { OFFLINE_POLICY_TYPE, type OfflinePolicy, parseOfflinePolicy } from '@tillgraph/rules/offline/policy'
import { compactVerify, createLocalJWKSet, type JSONWebKeySet } from 'jose'

/** Order numbers that only this register gives out. */
export interface NumberBlock {
  readonly id: string
  readonly first: string
  readonly last: string
}

const decoder = new TextDecoder()

/** A policy that the graph signed. `keys` are those of /.well-known/jwks.json. Throws for any other text. */
export async function readSignedPolicy(compact: string, keys: JSONWebKeySet): Promise<OfflinePolicy> {
  return parseOfflinePolicy(await contentOf(compact, OFFLINE_POLICY_TYPE, keys))
}

/** A lease that the graph signed. Throws for any other text. */
export async function readSignedLease(compact: string, keys: JSONWebKeySet): Promise<StockLease> {
  return parseStockLease(await contentOf(compact, STOCK_LEASE_TYPE, keys))
}

async function contentOf(compact: string, typ: string, keys: JSONWebKeySet): Promise<unknown> {
  const { payload, protectedHeader } = await compactVerify(compact, createLocalJWKSet(keys), { algorithms: ['EdDSA'] })
  if (protectedHeader.typ !== typ) throw new TypeError(`This is no ${typ}`)
  return JSON.parse(decoder.decode(payload))
}
