/**
 * What a change answers with when it went well: only what it is about. That is read anew for the answer, so that the
 * same request, asked again, can be answered from what was kept of it.
 */
export interface ProductOutcome {
  readonly productId: string
}

export interface CategoryOutcome {
  readonly categoryId: string
}

export interface CategoryArchivedOutcome extends CategoryOutcome {
  readonly productsArchived: number
}

export interface TaxClassOutcome {
  readonly taxClassId: string
}
