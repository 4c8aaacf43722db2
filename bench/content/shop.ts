// What the shops of the benchmarks sell: every product follows from its number alone, and no two have the same name.
const SHADES =
  'Amber,Ashen,Azure,Bright,Bronze,Coral,Crimson,Dusky,Ebony,Golden,Hazel,Indigo,Ivory,Jade,Lilac,Maroon,Mint,Olive,Pearl,Ruby,Sable,Scarlet,Silver,Teal,Violet'
const MATERIALS =
  'Bamboo,Birch,Canvas,Ceramic,Copper,Cotton,Felt,Glass,Granite,Leather,Linen,Marble,Oak,Paper,Pine,Satin,Slate,Steel,Velvet,Wool'
const STYLES = 'Alpine,Baltic,Coastal,Garden,Highland,Island,Meadow,Nordic,Prairie,Valley'
const THINGS =
  'Basket,Bench,Blanket,Bottle,Bowl,Candle,Chair,Clock,Cushion,Drawer,Frame,Jug,Kettle,Ladder,Lamp,Mirror,Pillow,Shelf,Stool,Table'
const NAMES = [SHADES, MATERIALS, STYLES, THINGS].map(words => words.split(','))

export const MOST_PRODUCTS = NAMES.reduce((product, words) => product * words.length, 1)
export const CATEGORIES = 20

/** Coprime to the number of names, so that neighbours in number are none in name. */
const SHUFFLE = 7_919

export interface ShopProduct {
  readonly sku: string
  readonly name: string
  readonly barcode: string
  readonly amount: string
  readonly category: number
}

export function shopProduct(number: number): ShopProduct {
  if (number >= MOST_PRODUCTS) throw new RangeError(`there are names for ${MOST_PRODUCTS} products only`)
  let rest = (number * SHUFFLE) % MOST_PRODUCTS
  const words = NAMES.map(choices => {
    const word = choices[rest % choices.length]
    rest = Math.floor(rest / choices.length)
    return word
  })
  return {
    sku: `BN-${String(number).padStart(6, '0')}`,
    name: words.join(' '),
    barcode: ean13(400_000_000_000 + number * 37),
    amount: (1 + ((number * 37) % 9_900) / 100).toFixed(2),
    category: number % CATEGORIES,
  }
}

export function categoryName(category: number): string {
  return `Category ${String(category).padStart(2, '0')}`
}

function ean13(body: number): string {
  const digits = String(body)
  const sum = [...digits].reduce((total, digit, index) => total + Number(digit) * (index % 2 === 0 ? 1 : 3), 0)
  return `${digits}${(10 - (sum % 10)) % 10}`
}
