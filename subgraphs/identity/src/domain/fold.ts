/**
 * A text as it is compared and searched: without case, accents and doubled spaces. "Zoë  MÜLLER" is "zoe muller".
 * Letters that Unicode does not take apart stay as they are.
 */
export function fold(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/\p{Cc}/gu, ' ')
    .toLowerCase()
    .replace(/ß/g, 'ss')
    .replace(/ø/g, 'o')
    .replace(/ł/g, 'l')
    .replace(/đ/g, 'd')
    .replace(/æ/g, 'ae')
    .replace(/œ/g, 'oe')
    .normalize('NFC')
    .replace(/\s+/gu, ' ')
    .trim()
}

/** A text inside a pattern of LIKE, where it means nothing but itself. */
export function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&')
}
