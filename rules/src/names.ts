import { parseNote, parseText } from './text.ts'

export const MAX_NAME_CHARACTERS = 200
export const MAX_NOTE_CHARACTERS = 2000

/** The name of a product, a person, a store: what fits on a receipt in a few lines. */
export function parseName(text: string): string {
  return parseText(text, MAX_NAME_CHARACTERS)
}

/** Free text in lines. The caller still has to look for card numbers (card-number.ts). */
export function parseNoteText(text: string): string {
  return parseNote(text, MAX_NOTE_CHARACTERS)
}
