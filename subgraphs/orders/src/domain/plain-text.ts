// Whatever steers a printer, a page or the direction of what follows; joiners stay, for scripts need them.
const NOT_TO_BE_SEEN =
  /[\p{Cc}\p{Cs}\p{Co}\p{Zl}\p{Zp}\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]+/gu

/**
 * Text as it may be printed. Names are checked when they are entered; a receipt does not rely on that, because what
 * an old row or another program has let in would be a command to a printer.
 */
export function plainText(text: string): string {
  return text.replace(NOT_TO_BE_SEEN, ' ').replace(/ {2,}/g, ' ').trim()
}
