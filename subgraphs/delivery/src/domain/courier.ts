import type { Position } from './delivery.ts'

export const vehicles = ['FOOT', 'BICYCLE', 'SCOOTER', 'CAR'] as const

export type Vehicle = (typeof vehicles)[number]

/** Somebody who brings orders of a store. */
export interface Courier {
  readonly id: string
  readonly storeId: string
  readonly userId: string
  readonly firstName: string
  readonly vehicle: Vehicle
  readonly active: boolean
  readonly version: number
  readonly position: Position | null
}
