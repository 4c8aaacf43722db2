import { RuleFault } from './fault.ts'

/** Something given cannot be taken as it is; what reads input throws it, and the answer names the field. */
export class InputFault extends Error {
  readonly field: string

  constructor(field: string, message: string) {
    super(message)
    this.name = 'InputFault'
    this.field = field
  }

  /** Runs a rule over a field: what the rule refuses is the field's fault. */
  static at<T>(field: string, read: () => T): T {
    try {
      return read()
    } catch (error) {
      if (error instanceof RuleFault) throw new InputFault(field, error.message)
      throw error
    }
  }
}
