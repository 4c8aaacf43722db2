import { type FaultCode, RuleFault } from '../src/fault.ts'

/** The code a rule refuses with; undefined when it does not refuse. Other errors are bugs and pass through. */
export function faultOf(attempt: () => unknown): FaultCode | undefined {
  try {
    attempt()
    return undefined
  } catch (error) {
    if (error instanceof RuleFault) return error.code
    throw error
  }
}
