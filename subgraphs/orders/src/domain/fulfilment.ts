import { holdsCardNumber } from '@tillgraph/rules/card-number'
import { InputFault } from '@tillgraph/rules/input-fault'
import { parseNote } from '@tillgraph/rules/text'
import type { Order } from './order.ts'

/** How an order gets to its customer, where it is not handed over at the till. */
export interface Fulfilment {
  readonly kind: 'PICK_UP' | 'DELIVERY'
  readonly contactName: string | null
  readonly contactPhone: string | null
  readonly address: string | null
  /** Whole millionths of a degree. */
  readonly place: { readonly latitude: number; readonly longitude: number } | null
  readonly windowFrom: Date | null
  readonly windowUntil: Date | null
}

/** What is kept of it, with who it was made for. */
export interface FulfilmentOfOrder extends Fulfilment {
  readonly orderId: string
  readonly partnerId: string | null
  readonly reference: string | null
}

/** As it is shown, which is also for what is handed over in the store. */
export type ShownFulfilment = Omit<Fulfilment, 'kind'> & { readonly kind: GivenFulfilment['kind'] }

export const inStore: ShownFulfilment = {
  kind: 'IN_STORE',
  ...{ contactName: null, contactPhone: null, address: null, place: null, windowFrom: null, windowUntil: null },
}

/** What delivery is told of an order. */
export interface OrderToBring {
  readonly order: Order
  readonly partnerId: string | null
}

export interface GivenFulfilment {
  readonly kind: 'IN_STORE' | 'PICK_UP' | 'DELIVERY'
  readonly contactName?: string | null | undefined
  readonly contactPhone?: string | null | undefined
  readonly address?: string | null | undefined
  readonly latitude?: number | null | undefined
  readonly longitude?: number | null | undefined
  readonly windowFrom?: Date | null | undefined
  readonly windowUntil?: Date | null | undefined
}

const NAME_CHARACTERS_MOST = 100
const ADDRESS_CHARACTERS_MOST = 500
const PHONE = /^\+?[0-9 ()/.-]{3,40}$/
const MILLIONTHS = 1_000_000

/** Reads where an order goes; null where it is handed over in the store. Throws InputFault. */
export function readFulfilment(given: GivenFulfilment, now: Date): Fulfilment | null {
  const { kind, ...rest } = given
  if (kind === 'IN_STORE') {
    const field = Object.entries(rest).find(([, value]) => value != null)?.[0]
    if (field) throw new InputFault(`fulfilment.${field}`, 'What is handed over in the store needs none.')
    return null
  }
  const contactName = readText('contactName', given.contactName, NAME_CHARACTERS_MOST)
  if (contactName === null) throw new InputFault('fulfilment.contactName', 'Say for whom it is.')
  const address = readText('address', given.address, ADDRESS_CHARACTERS_MOST)
  if (kind === 'DELIVERY' && address === null) throw new InputFault('fulfilment.address', 'Say where it is to go.')
  if (kind === 'PICK_UP' && address !== null)
    throw new InputFault('fulfilment.address', 'What is picked up goes nowhere.')
  const { windowFrom = null, windowUntil = null } = given
  if ((windowFrom === null) !== (windowUntil === null))
    throw new InputFault('fulfilment.windowFrom', 'Give both ends of the window, or none.')
  if (windowFrom && windowUntil && (windowUntil <= windowFrom || windowUntil <= now))
    throw new InputFault('fulfilment.windowUntil', 'The window must end after it begins, and in the future.')
  return {
    ...{ kind, contactName, address, windowFrom, windowUntil },
    contactPhone: readPhone(given.contactPhone),
    place: readPlace(given.latitude, given.longitude),
  }
}

function readPlace(latitude: number | null | undefined, longitude: number | null | undefined) {
  if (latitude == null && longitude == null) return null
  return { latitude: readDegrees('latitude', latitude, 90), longitude: readDegrees('longitude', longitude, 180) }
}

function readDegrees(name: string, degrees: number | null | undefined, most: number): number {
  if (degrees == null || !Number.isFinite(degrees) || Math.abs(degrees) > most)
    throw new InputFault(`fulfilment.${name}`, `This must be a number of degrees from -${most} to ${most}.`)
  // no negative zero: it would be told as one
  return Math.round(degrees * MILLIONTHS) + 0
}

function readPhone(given: string | null | undefined): string | null {
  if (given == null || given.trim() === '') return null
  const text = given.trim()
  if (!PHONE.test(text))
    throw new InputFault('fulfilment.contactPhone', 'This does not look as a telephone number does.')
  return withoutCardNumber('contactPhone', text)
}

function readText(name: string, given: string | null | undefined, charactersMost: number): string | null {
  const text = InputFault.at(`fulfilment.${name}`, () => parseNote(given ?? '', charactersMost))
  return withoutCardNumber(name, text) || null
}

function withoutCardNumber(name: string, text: string): string {
  if (holdsCardNumber(text))
    throw new InputFault(`fulfilment.${name}`, 'This text must not hold the number of a payment card.')
  return text
}

/** Degrees, from whole millionths of them. */
export const degreesOf = (millionths: number) => millionths / MILLIONTHS
