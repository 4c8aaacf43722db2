/** The shop that a first start is filled with: small enough to know by heart, wide enough to try everything on. */
export const demoShop = {
  slug: 'demo',
  business: 'Corner Coffee',
  country: 'DE',
  currency: 'EUR',
  stores: [
    { name: 'Old Town', timeZone: 'Europe/Berlin', dayEndsAt: '04:00' },
    { name: 'Harbour', timeZone: 'Europe/Berlin', dayEndsAt: '04:00' },
  ],
  people: [
    { role: 'OWNER', userName: 'olivia', displayName: 'Olivia Okafor', store: undefined },
    { role: 'MANAGER', userName: 'mira', displayName: 'Mira Lindqvist', store: 'Old Town' },
    { role: 'CASHIER', userName: 'carl', displayName: 'Carl Nowak', store: 'Old Town' },
    { role: 'STOCK_CLERK', userName: 'sofia', displayName: 'Sofia Marín', store: 'Old Town' },
    { role: 'COURIER', userName: 'kemal', displayName: 'Kemal Aydın', store: 'Old Town' },
  ],
  taxClasses: [
    { name: 'Standard', rates: [{ code: 'VAT19', name: 'VAT 19 %', percent: '19' }] },
    { name: 'Reduced', rates: [{ code: 'VAT7', name: 'VAT 7 %', percent: '7' }] },
  ],
  customers: [
    { name: 'Jonas Weber', email: 'jonas.weber@example.com', phone: '+4915112345671' },
    { name: 'Aylin Demir', email: 'aylin.demir@example.com', phone: '+4915112345672' },
    { name: 'Zoë Laurent', email: 'zoe.laurent@example.com', phone: '+4915112345673' },
  ],
  categories: [
    {
      name: 'Hot drinks',
      products: [
        ['ESP', 'Espresso', '2.40', 'Standard'],
        ['ESP-D', 'Espresso doppio', '3.20', 'Standard'],
        ['CAP', 'Cappuccino', '3.60', 'Standard'],
        ['LAT', 'Caffè latte', '3.90', 'Standard'],
        ['FLAT', 'Flat white', '3.90', 'Standard'],
        ['AMER', 'Americano', '2.90', 'Standard'],
        ['CHAI', 'Chai latte', '4.20', 'Standard'],
        ['CHOC', 'Hot chocolate', '3.80', 'Standard'],
        ['TEA-G', 'Green tea', '3.10', 'Standard'],
        ['TEA-E', 'Earl Grey', '3.10', 'Standard'],
      ],
    },
    {
      name: 'Cold drinks',
      products: [
        ['WATER', 'Mineral water 0.5 l', '2.20', 'Standard', '4000000000013'],
        ['LEMO', 'Elderflower lemonade', '3.40', 'Standard', '4000000000020'],
        ['ICE-L', 'Iced latte', '4.30', 'Standard'],
        ['COLD', 'Cold brew', '4.10', 'Standard'],
        ['JUICE', 'Orange juice, fresh', '4.50', 'Standard'],
      ],
    },
    {
      name: 'Bakery',
      products: [
        ['CROIS', 'Croissant', '2.10', 'Reduced', '4000000000037'],
        ['PAIN', 'Pain au chocolat', '2.50', 'Reduced', '4000000000044'],
        ['PRETZ', 'Butter pretzel', '1.90', 'Reduced'],
        ['CINN', 'Cinnamon roll', '2.90', 'Reduced'],
        ['CHEES', 'Cheesecake, slice', '4.20', 'Reduced'],
        ['CARRO', 'Carrot cake, slice', '4.00', 'Reduced'],
        ['BAGEL', 'Bagel with cream cheese', '4.80', 'Reduced'],
        ['SAND', 'Sandwich with hummus', '5.40', 'Reduced'],
      ],
    },
    {
      name: 'Beans by weight',
      products: [
        ['BEAN-HAUS', 'House blend', '24.00', 'Reduced', undefined, 'KILOGRAM'],
        ['BEAN-ETH', 'Ethiopia Sidamo', '32.00', 'Reduced', undefined, 'KILOGRAM'],
        ['BEAN-COL', 'Colombia Huila', '29.50', 'Reduced', undefined, 'KILOGRAM'],
        ['BEAN-DEC', 'Decaf Brazil', '28.00', 'Reduced', undefined, 'KILOGRAM'],
      ],
    },
    {
      name: 'For home',
      products: [
        ['MUG', 'Mug, white', '12.00', 'Standard', '4000000000051'],
        ['FILTER', 'Paper filters, 100', '4.90', 'Standard', '4000000000068'],
        ['GIFTBOX', 'Gift box, three coffees', '27.00', 'Reduced', '4000000000075'],
      ],
    },
  ],
} as const satisfies DemoShopData

type ProductRow = readonly [
  sku: string,
  name: string,
  price: string,
  taxClass: string,
  ean?: string | undefined,
  unit?: 'KILOGRAM',
]

interface DemoShopData {
  readonly slug: string
  readonly business: string
  readonly country: string
  readonly currency: string
  readonly stores: readonly { readonly name: string; readonly timeZone: string; readonly dayEndsAt: string }[]
  readonly people: readonly {
    readonly role: string
    readonly userName: string
    readonly displayName: string
    readonly store: string | undefined
  }[]
  readonly taxClasses: readonly {
    readonly name: string
    readonly rates: readonly { code: string; name: string; percent: string }[]
  }[]
  readonly customers: readonly { readonly name: string; readonly email: string; readonly phone: string }[]
  readonly categories: readonly { readonly name: string; readonly products: readonly ProductRow[] }[]
}
