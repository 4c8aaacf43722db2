import { parseCurrencyCode } from '@tillgraph/rules/currency'
import type { Delivery, DeliveryState, FailureReason } from '../domain/delivery.ts'

export interface DeliveryRow {
  readonly id: string
  readonly store_id: string
  readonly order_id: string
  readonly customer_id: string | null
  readonly partner_id: string | null
  readonly zone_id: string
  readonly address: string | null
  readonly latitude: number | null
  readonly longitude: number | null
  readonly contact_name: string | null
  readonly contact_phone: string | null
  readonly note: string | null
  readonly window_from: Date
  readonly window_until: Date
  readonly currency: string
  readonly fee: bigint
  readonly cash_due: bigint | null
  readonly pin_hash: string | null
  readonly pin_failures: number
  readonly created_at: Date
  readonly version: bigint
  readonly state: DeliveryState
  readonly courier_id: string | null
  readonly changed_at: Date
  readonly picked_up_at: Date | null
  readonly departed_at: Date | null
  readonly ended_at: Date | null
  readonly failed_attempts: number
  readonly failure_reason: FailureReason | null
  readonly failure_note: string | null
  readonly eta: Date | null
  readonly position_latitude: number | null
  readonly position_longitude: number | null
  readonly position_at: Date | null
  readonly proof_pin: boolean
  readonly proof_received_by: string | null
  readonly proof_photo_url: string | null
  readonly anonymised_at: Date | null
}

export const COLUMNS = columnsOf('delivery')

/** The columns of a delivery, from a table of that name or alias. */
export function columnsOf(table: string): string {
  return [
    'id, store_id, order_id, customer_id, partner_id, zone_id, address, latitude, longitude, contact_name, contact_phone, note',
    'window_from, window_until, currency, fee, cash_due, pin_hash, pin_failures, created_at, version, state',
    'courier_id, changed_at, picked_up_at, departed_at, ended_at, failed_attempts, failure_reason, failure_note, eta',
    'position_latitude, position_longitude, position_at, proof_pin, proof_received_by, proof_photo_url, anonymised_at',
  ]
    .flatMap(line => line.split(', '))
    .map(column => `${table}.${column}`)
    .join(', ')
}

export function toDelivery(row: DeliveryRow): Delivery {
  return {
    id: row.id,
    storeId: row.store_id,
    orderId: row.order_id,
    customerId: row.customer_id,
    partnerId: row.partner_id,
    zoneId: row.zone_id,
    address: row.address,
    place: pointOf(row.latitude, row.longitude),
    contactName: row.contact_name,
    contactPhone: row.contact_phone,
    note: row.note,
    windowFrom: row.window_from,
    windowUntil: row.window_until,
    currency: parseCurrencyCode(row.currency),
    fee: row.fee,
    cashDue: row.cash_due,
    pinHash: row.pin_hash,
    pinFailures: row.pin_failures,
    createdAt: row.created_at,
    version: row.version,
    state: row.state,
    courierId: row.courier_id,
    courierBefore: null,
    changedAt: row.changed_at,
    pickedUpAt: row.picked_up_at,
    departedAt: row.departed_at,
    endedAt: row.ended_at,
    failedAttempts: row.failed_attempts,
    failureReason: row.failure_reason,
    failureNote: row.failure_note,
    eta: row.eta,
    position: positionOf(row),
    proof:
      row.state === 'DELIVERED'
        ? { pin: row.proof_pin, receivedBy: row.proof_received_by, photoUrl: row.proof_photo_url }
        : null,
    anonymisedAt: row.anonymised_at,
  }
}

function pointOf(latitude: number | null, longitude: number | null) {
  return latitude === null || longitude === null ? null : { latitude, longitude }
}

function positionOf(row: DeliveryRow) {
  const point = pointOf(row.position_latitude, row.position_longitude)
  return point && row.position_at && { ...point, at: row.position_at }
}
