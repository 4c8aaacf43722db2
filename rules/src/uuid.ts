const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const LENGTH = 36

/** Whether a text is a UUID in its canonical, lower-case form. */
export function isUuid(text: string): boolean {
  return text.length === LENGTH && UUID.test(text)
}
