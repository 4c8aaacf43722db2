import { v7 } from 'uuid'

/** Makes names for new things: UUIDv7, so that keys made one after another lie side by side in an index. */
export type MakeId = () => string

export const makeId: MakeId = v7
