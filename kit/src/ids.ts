import { v7 } from 'uuid'

/** Makes names for new things: UUIDv7, so that keys made one after another lie side by side in an index. */
export type MakeId = () => string

export const makeId: MakeId = v7

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

/** Whether a text is a UUID in its canonical, lower-case form. */
export function isUuid(text: string): boolean {
  return text.length === 36 && UUID.test(text)
}
