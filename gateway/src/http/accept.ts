import { LRUCache } from 'lru-cache'

const JSON_TYPE = 'application/json; charset=utf-8'
const GRAPHQL_TYPE = 'application/graphql-response+json; charset=utf-8'
const CALLBACK_TYPE = 'application/json; callbackSpec=1.0; charset=utf-8'
const KNOWN_MAX = 500

interface Offer {
  readonly value: string
  readonly type: string
  readonly subtype: string
  readonly parameters: Readonly<Record<string, string>>
}

/** What Apollo Server can answer in, in its order of preference. */
const OFFERS: readonly Offer[] = [JSON_TYPE, GRAPHQL_TYPE, CALLBACK_TYPE].map(value => ({ value, ...parseType(value) }))

const known = new LRUCache<string, { readonly type: string | undefined }>({ max: KNOWN_MAX })

/** The content type for an answer, by the rules of Apollo Server; undefined when the client accepts none of ours. */
export function answerType(accept: string | undefined): string | undefined {
  if (!accept || accept === '*/*' || accept === 'application/json') return JSON_TYPE
  const found = known.get(accept)
  if (found) return found.type
  const type = negotiate(accept)
  known.set(accept, { type })
  return type
}

interface Range {
  readonly type: string
  readonly subtype: string
  readonly parameters: Readonly<Record<string, string>>
  readonly quality: number
}

interface Match {
  readonly value: string
  readonly quality: number
  readonly specificity: number
  readonly order: number
}

function negotiate(accept: string): string | undefined {
  const ranges = accept.split(',').map(parseRange)
  const matches: Match[] = []
  for (const offer of OFFERS) {
    const best = ranges
      .map((range, order) => matchOf(offer, range, order))
      .filter(match => match !== undefined)
      .sort((a, b) => b.specificity - a.specificity || b.quality - a.quality || b.order - a.order)[0]
    if (best && best.quality > 0) matches.push(best)
  }
  matches.sort((a, b) => b.quality - a.quality || b.specificity - a.specificity || a.order - b.order)
  return matches[0]?.value
}

function matchOf(offer: Offer, range: Range, order: number): Match | undefined {
  let specificity = 0
  if (range.type === offer.type) specificity += 4
  else if (range.type !== '*') return undefined
  if (range.subtype === offer.subtype) specificity += 2
  else if (range.subtype !== '*') return undefined
  const names = Object.keys(range.parameters)
  if (names.some(name => range.parameters[name] !== '*' && range.parameters[name] !== offer.parameters[name]))
    return undefined
  if (names.length > 0) specificity += 1
  return { value: offer.value, quality: range.quality, specificity, order }
}

function parseType(text: string): Omit<Offer, 'value'> {
  const [essence = '', ...rest] = text.split(';').map(part => part.trim())
  const [type = '', subtype = ''] = essence.toLowerCase().split('/')
  const parameters: Record<string, string> = {}
  for (const part of rest) {
    const [name = '', value = ''] = part.split('=')
    parameters[name.trim().toLowerCase()] = value
      .trim()
      .replace(/^"(.*)"$/, '$1')
      .toLowerCase()
  }
  return { type, subtype, parameters }
}

function parseRange(text: string): Range {
  const { type, subtype, parameters } = parseType(text)
  const { q, ...others } = parameters
  return { type, subtype, parameters: others, quality: q === undefined ? 1 : Number.parseFloat(q) }
}
