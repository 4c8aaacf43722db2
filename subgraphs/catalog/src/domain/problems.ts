import { type FaultCode, RuleFault } from '@tillgraph/rules/fault'

/** What the graph calls a Problem: an expected outcome that is not what was hoped for. */
export interface ProblemOf<Name extends string> {
  readonly __typename: Name
  readonly code: string
  readonly message: string
}

export type InvalidInput = ProblemOf<'InvalidInput'> & { readonly field: string }
export type NotFound = ProblemOf<'NotFound'>
export type NotAllowed = ProblemOf<'NotAllowed'>
export type ChangedMeanwhile = ProblemOf<'ChangedMeanwhile'>
export type AlreadyUsedDifferently = ProblemOf<'AlreadyUsedDifferently'>
export type StillInProgress = ProblemOf<'StillInProgress'>
export type SkuTaken = ProblemOf<'SkuTaken'> & { readonly sku: string }
export type BarcodeTaken = ProblemOf<'BarcodeTaken'> & { readonly barcode: string }
export type ScaleItemTaken = ProblemOf<'ScaleItemTaken'> & { readonly scaleItem: string }
export type CategoryNameTaken = ProblemOf<'CategoryNameTaken'>
export type CategoryTooDeep = ProblemOf<'CategoryTooDeep'>
export type CategoryInItself = ProblemOf<'CategoryInItself'>
export type CategoryNotEmpty = ProblemOf<'CategoryNotEmpty'>
export type TaxClassNameTaken = ProblemOf<'TaxClassNameTaken'>
export type TaxClassInUse = ProblemOf<'TaxClassInUse'>

export const invalidInput = (field: string, message: string, code = 'INVALID_INPUT'): InvalidInput => ({
  __typename: 'InvalidInput',
  code,
  message,
  field,
})

export const notFound = (what: string): NotFound => ({
  __typename: 'NotFound',
  code: 'NOT_FOUND',
  message: `There is no such ${what}.`,
})

export const notAllowed = (message: string): NotAllowed => ({
  __typename: 'NotAllowed',
  code: 'NOT_ALLOWED',
  message,
})

export const changedMeanwhile: ChangedMeanwhile = {
  __typename: 'ChangedMeanwhile',
  code: 'CHANGED_MEANWHILE',
  message: 'Somebody else changed it since you read it: look at it again, then decide.',
}

export const alreadyUsedDifferently: AlreadyUsedDifferently = {
  __typename: 'AlreadyUsedDifferently',
  code: 'ALREADY_USED_DIFFERENTLY',
  message: 'This id or idempotency key was used before, for something else: make a new one.',
}

export const skuTaken = (sku: string): SkuTaken => ({
  __typename: 'SkuTaken',
  code: 'SKU_TAKEN',
  message: 'Another product has this SKU: choose another one.',
  sku,
})

export const barcodeTaken = (barcode: string): BarcodeTaken => ({
  __typename: 'BarcodeTaken',
  code: 'BARCODE_TAKEN',
  message: 'Another product has this barcode: take it away there first.',
  barcode,
})

export const scaleItemTaken = (scaleItem: string): ScaleItemTaken => ({
  __typename: 'ScaleItemTaken',
  code: 'SCALE_ITEM_TAKEN',
  message: 'Another product has this number at the scales: choose another one.',
  scaleItem,
})

export const categoryNameTaken: CategoryNameTaken = {
  __typename: 'CategoryNameTaken',
  code: 'CATEGORY_NAME_TAKEN',
  message: 'A category of this name stands in the same place: choose another name.',
}

export const categoryTooDeep: CategoryTooDeep = {
  __typename: 'CategoryTooDeep',
  code: 'CATEGORY_TOO_DEEP',
  message: 'Categories stand eight deep at the most: put it further up.',
}

export const categoryInItself: CategoryInItself = {
  __typename: 'CategoryInItself',
  code: 'CATEGORY_IN_ITSELF',
  message: 'A category cannot stand in itself or in one beneath it: choose another place.',
}

export const categoryNotEmpty: CategoryNotEmpty = {
  __typename: 'CategoryNotEmpty',
  code: 'CATEGORY_NOT_EMPTY',
  message: 'Something that is in use stands in this category: move it, or archive the category with its contents.',
}

export const taxClassNameTaken: TaxClassNameTaken = {
  __typename: 'TaxClassNameTaken',
  code: 'TAX_CLASS_NAME_TAKEN',
  message: 'Another tax class has this name: choose another one.',
}

export const taxClassInUse: TaxClassInUse = {
  __typename: 'TaxClassInUse',
  code: 'TAX_CLASS_IN_USE',
  message: 'It is the default, or products on sale have it: give them another tax class first.',
}

/** A field that cannot be taken as it is; caught where a whole input is read. */
class FieldFault extends Error {
  readonly field: string
  readonly code: FaultCode | 'INVALID_INPUT'

  constructor(field: string, message: string, code: FaultCode | 'INVALID_INPUT' = 'INVALID_INPUT') {
    super(message)
    this.field = field
    this.code = code
  }
}

/** Refuses a field with a sentence of its own. */
export function refuseField(field: string, message: string): never {
  throw new FieldFault(field, message)
}

/** Reads a field by a rule, whose refusal then names the field. */
export function readField<T>(field: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof RuleFault) throw new FieldFault(field, error.message, error.code)
    throw error
  }
}

/** Reads a whole input: what it makes of it, or which field is wrong. */
export function readInput<T extends object>(read: () => T): T | InvalidInput {
  try {
    return read()
  } catch (error) {
    if (error instanceof FieldFault) return invalidInput(error.field, error.message, error.code)
    throw error
  }
}

export function isProblem<Outcome extends object>(outcome: Outcome): outcome is Extract<Outcome, ProblemOf<string>> {
  return 'code' in outcome && 'message' in outcome && '__typename' in outcome
}
