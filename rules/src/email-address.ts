import { RuleFault } from './fault.ts'
import { parseText } from './text.ts'

const MAX_CHARACTERS = 254

// What a mail server will certainly refuse; whether there is somebody behind it, only a mail can tell.
const SHAPE = /^[^\s@"(),:;<>[\\\]]{1,64}@(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.)+[\p{L}\p{N}-]{2,63}$/u

/** One address and nothing around it: no name, no second one, no line that a mail's header could be lengthened by. */
export function parseEmailAddress(text: string): string {
  const given = parseText(text, MAX_CHARACTERS)
  if (!SHAPE.test(given) || given.includes('..')) throw new RuleFault('MALFORMED_EMAIL_ADDRESS')
  return given
}
