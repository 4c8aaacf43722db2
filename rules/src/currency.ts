import { RuleFault } from './fault.ts'

// The active national currencies of ISO 4217 by their minor digits (2026: with XCG and ZWG, without ANG, BGN and HRK).
// Fund codes, metals and test codes are left out: no shop takes them.
const withoutDigits = 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF'
const withTwoDigits = [
  'AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC',
  'CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR',
  'JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD',
  'NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN',
  'SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG',
] as const
const withThreeDigits = 'BHD IQD JOD KWD LYD OMR TND'

type Words<Text extends string, Found = never> = Text extends `${infer Word} ${infer Rest}`
  ? Words<Rest, Found | Word>
  : Found | Text

/** Three letters of ISO 4217. */
export type CurrencyCode = Words<typeof withoutDigits | (typeof withTwoDigits)[number] | typeof withThreeDigits>

const digitsByCode: ReadonlyMap<string, number> = new Map([
  ...rows(withoutDigits, 0),
  ...withTwoDigits.flatMap(codes => rows(codes, 2)),
  ...rows(withThreeDigits, 3),
])

export const currencyCodes: readonly CurrencyCode[] = [...digitsByCode.keys()].filter(isCurrencyCode).sort()

export function isCurrencyCode(text: string): text is CurrencyCode {
  return digitsByCode.has(text)
}

/** The code itself, or the fault UNKNOWN_CURRENCY. For what comes from a request or a database row. */
export function parseCurrencyCode(text: string): CurrencyCode {
  if (!isCurrencyCode(text)) throw new RuleFault('UNKNOWN_CURRENCY', String(text).slice(0, 10))
  return text
}

/** How many digits stand behind the point: 2 for EUR, 0 for JPY, 3 for KWD. */
export function minorDigits(currency: CurrencyCode): number {
  const digits = digitsByCode.get(currency)
  if (digits === undefined) throw new RuleFault('UNKNOWN_CURRENCY', String(currency).slice(0, 10))
  return digits
}

function rows(codes: string, digits: number): [string, number][] {
  return codes.split(' ').map(code => [code, digits])
}
