import { RuleFault } from '@tillgraph/rules/fault'
import { Refused } from './refused.ts'

/** An expected outcome that is not what was hoped for, as every union of the graph holds it. */
export interface ProblemOf<Name extends string> {
  readonly __typename: Name
  readonly code: string
  readonly message: string
}

export type InvalidInput = ProblemOf<'InvalidInput'> & { readonly field: string }
export type TooManyAttempts = ProblemOf<'TooManyAttempts'> & { readonly retryAfterSeconds: number }

function problem<Name extends string>(name: Name, code: string, message: string): ProblemOf<Name> {
  return { __typename: name, code, message }
}

/** Says nothing of what was asked for: a foreign id must look as one that nobody ever made. */
export const notFound = () => problem('NotFound', 'NOT_FOUND', 'There is no such thing, or not for you.')

export const notAllowed = (message: string) => problem('NotAllowed', 'NOT_ALLOWED', message)

export const changedMeanwhile = () =>
  problem('ChangedMeanwhile', 'CHANGED_MEANWHILE', 'Somebody else changed it: look at it again, then decide.')

export const alreadyUsedDifferently = () =>
  problem(
    'AlreadyUsedDifferently',
    'ALREADY_USED_DIFFERENTLY',
    'This id was used before, for something else: make a new one.',
  )

export const slugTaken = () =>
  problem('SlugTaken', 'SLUG_TAKEN', 'Another business has this short name: choose another.')

export const nameTaken = () => problem('NameTaken', 'NAME_TAKEN', 'Another one has this name: choose another.')

export const userNameTaken = () =>
  problem('UserNameTaken', 'USER_NAME_TAKEN', 'Somebody has this user name: choose another.')

export const emailTaken = () => problem('EmailTaken', 'EMAIL_TAKEN', 'Somebody has this e-mail: give another.')

export const lastOwner = () =>
  problem('LastOwner', 'LAST_OWNER', 'A business must have an owner: make somebody else one first.')

export const wrongCredentials = () =>
  problem('WrongCredentials', 'WRONG_CREDENTIALS', 'Business, name and password do not fit together.')

export const signInAgain = () => problem('SignInAgain', 'SIGN_IN_AGAIN', 'This sign-in is over: sign in again.')

export const enrolmentRefused = () =>
  problem('EnrolmentRefused', 'ENROLMENT_REFUSED', 'This code is not good (any more): ask for a new one.')

export const tooManyAttempts = (retryAfterSeconds: number): TooManyAttempts => ({
  ...problem('TooManyAttempts', 'TOO_MANY_ATTEMPTS', 'Too many attempts: wait a little, then try again.'),
  retryAfterSeconds,
})

export const invalidInput = (field: string, message: string): InvalidInput => ({
  ...problem('InvalidInput', 'INVALID_INPUT', message),
  field,
})

/** Thrown where a value is read and caught where the input is: which field, and what is wrong with it. */
class FieldFault extends Error {
  readonly field: string

  constructor(field: string, message: string) {
    super(message)
    this.field = field
  }
}

/** Ends the reading of an input, because of one of its fields. */
export function refuseField(field: string, message: string): never {
  throw new FieldFault(field, message)
}

/** Reads one field; what a rule refuses is told as the fault of this field. */
export function field<T>(name: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof RuleFault || error instanceof Refused) throw new FieldFault(name, error.message)
    throw error
  }
}

/** Reads a field that may be left out. */
export function optionalField<Given, T>(
  name: string,
  given: Given | null | undefined,
  read: (given: Given) => T,
): T | undefined {
  return given === null || given === undefined ? undefined : field(name, () => read(given))
}

/** Reads a field of a change: undefined leaves what is there, null takes it away. */
export function changedField<Given, T>(
  name: string,
  given: Given | null | undefined,
  read: (given: Given) => T,
): T | null | undefined {
  return given === null ? null : optionalField(name, given, read)
}

/** Reads an input: what it means, or the first thing that is wrong with it. */
export function readInput<T extends object>(read: () => T): T | InvalidInput {
  try {
    return read()
  } catch (error) {
    if (error instanceof FieldFault) return invalidInput(error.field, error.message)
    throw error
  }
}

export function isInvalid(value: object): value is InvalidInput {
  return '__typename' in value && value.__typename === 'InvalidInput'
}
