/** Thrown while compiling what the compiled path does not do; the operation then runs on the stock executor. */
export class NotCompilable extends Error {
  constructor(reason: string) {
    super(reason)
    this.name = 'NotCompilable'
  }
}

/** Response names that every object inherits would be read from the prototype where an answer lacks them. */
export function requireOrdinaryName(name: string): void {
  if (name in Object.prototype) throw new NotCompilable(`"${name}" is a name that every object has.`)
}
