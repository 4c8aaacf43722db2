import { OfflineFault } from '@tillgraph/rules/offline/fault'
import { parseOfflineRecord } from '@tillgraph/rules/offline/parse-record'
import { OFFLINE_RECORD_TYPE, type OfflineRecord, RECORD_CHARACTERS_MOST } from '@tillgraph/rules/offline/record'
import { hashOfLine, isSignedBy, readSignedText, type SignatureCheck } from './signed-text.ts'

/** A key of a till, as identity says it (RegisterKey). */
export interface RegisterSigningKey {
  /** RFC 7638 thumbprint. */
  readonly id: string
  readonly registerId: string
  readonly storeId: string
  readonly tenantId: string
  /** `x` of its public JWK. */
  readonly publicKey: string
}

/** A record whose signature fits its content. Whether the key was good at that time, its totals and its limits are not looked at. */
export interface VerifiedRecord {
  readonly record: OfflineRecord
  /** Place in the chain: what the next record names as its previous. */
  readonly hash: string
  readonly kid: string
}

/** Which key a record claims to be signed with, to look it up; undefined when it is no record. */
export function claimedKeyOf(compact: string): string | undefined {
  const claimed = readSignedText(compact, RECORD_CHARACTERS_MOST)
  return claimed?.typ === OFFLINE_RECORD_TYPE ? claimed.kid : undefined
}

/**
 * The record in a compact JWS. Throws OfflineFault: MALFORMED_RECORD, UNKNOWN_KEY, BAD_SIGNATURE, CARD_DATA or
 * WRONG_REGISTER. `key` is the one that claimedKeyOf names, undefined where there is none.
 */
export function verifyRecord(
  compact: string,
  key: RegisterSigningKey | undefined,
  isSigned: SignatureCheck = isSignedBy,
): VerifiedRecord {
  const claimed = readSignedText(compact, RECORD_CHARACTERS_MOST)
  if (!claimed || claimed.typ !== OFFLINE_RECORD_TYPE) throw new OfflineFault('MALFORMED_RECORD', 'jws')
  if (!key || key.id !== claimed.kid) throw new OfflineFault('UNKNOWN_KEY', claimed.kid)
  if (!isSigned(compact, key.publicKey)) throw new OfflineFault('BAD_SIGNATURE', claimed.kid)
  const record = parseOfflineRecord(claimed.payload)
  const own = record.tenantId === key.tenantId && record.storeId === key.storeId && record.registerId === key.registerId
  if (!own) throw new OfflineFault('WRONG_REGISTER', record.registerId)
  return { record, hash: hashOfLine(compact), kid: claimed.kid }
}
