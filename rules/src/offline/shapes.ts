/** What texts in signed records look like. */
export const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

/** 32 bytes in base64url, in the one way in which they can be written. */
export const SHA_256 = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/

export const ISO_INSTANT = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$/

export const COMPACT_JWS = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/

/** Of one approval as a compact JWS. */
export const APPROVAL_CHARACTERS_MOST = 2_000
