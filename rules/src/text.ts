import { RuleFault } from './fault.ts'

// Control characters, lone surrogates, private code points, line separators, and the marks that turn the direction of
// what follows (a name could make a receipt read otherwise than it is). Joiners stay: scripts and emoji need them.
// Unassigned code points stay too: a till may know a newer Unicode than its server.
const FORBIDDEN =
  /[\p{Cc}\p{Cs}\p{Co}\p{Zl}\p{Zp}\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/u

/** No character is composed from more than this many; a longer text is refused before it is normalised. */
const MAX_UNITS_PER_CHARACTER = 8

/** Trimmed, in NFC, 1 to `maximumCharacters` code points, without characters that cannot be seen. */
export function parseText(text: string, maximumCharacters: number): string {
  const cleaned = clean(text, maximumCharacters)
  if (cleaned === '') throw new RuleFault('EMPTY_TEXT')
  if (FORBIDDEN.test(cleaned)) throw new RuleFault('FORBIDDEN_CHARACTER')
  return cleaned
}

/** As parseText, but may be empty, run over several lines and hold tabs: a note on an order, a product's text. */
export function parseNote(text: string, maximumCharacters: number): string {
  const cleaned = clean(text.replace(/\r\n?/g, '\n'), maximumCharacters)
  if (FORBIDDEN.test(cleaned.replace(/[\n\t]/g, ' '))) throw new RuleFault('FORBIDDEN_CHARACTER')
  return cleaned
}

function clean(text: string, maximumCharacters: number): string {
  if (text.length > maximumCharacters * MAX_UNITS_PER_CHARACTER) throw new RuleFault('TEXT_TOO_LONG')
  const cleaned = text.normalize('NFC').trim()
  // Units are never fewer than code points: the count is only worked out where it can matter.
  if (cleaned.length > maximumCharacters && Array.from(cleaned).length > maximumCharacters) {
    throw new RuleFault('TEXT_TOO_LONG')
  }
  return cleaned
}
