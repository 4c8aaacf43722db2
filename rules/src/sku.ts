import { RuleFault } from './fault.ts'
import { parseText } from './text.ts'

export const MAX_SKU_CHARACTERS = 64

// Letters and digits of any script, and what people put between them; a single space, for those who have always done so.
const SKU = /^[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}._/+#-]| (?! ))*$/u

/** A shop's own number of a product, as it is printed. */
export function parseSku(text: string): string {
  const sku = parseText(text, MAX_SKU_CHARACTERS)
  if (!SKU.test(sku)) throw new RuleFault('FORBIDDEN_CHARACTER')
  return sku
}

/** What two SKUs are compared by: "ab-1" and "AB-1" on two labels are one product. */
export function skuKey(sku: string): string {
  return sku.normalize('NFKC').toUpperCase()
}
