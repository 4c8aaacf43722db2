/** A product of the catalogue, of which inventory knows the id and the stock. */
export interface ProductReference {
  readonly id: string
}

/** A store of identity's. */
export interface StoreReference {
  readonly id: string
}

/** A person of identity's. */
export interface UserReference {
  readonly id: string
}
