import type { CallerKind, CallerReader, CallerReading } from './caller-reader.ts'

export interface Admission {
  /** Whose tokens open this graph. */
  readonly admits: readonly CallerKind[]
  /** Whether some of it is for everybody, such as signing in. */
  readonly anybody: boolean
  /** The path of the graph that a token opens, where it is not this one. */
  pathFor(kind: CallerKind): string | undefined
}

/** Lets in those for whom a graph is. A token for another one is refused by name, never taken for that of a nobody. */
export function admittingReader(reader: CallerReader, admission: Admission): CallerReader {
  const admitted = new Set(admission.admits)
  const nobody: CallerReading = {
    kind: 'refused',
    code: 'UNAUTHENTICATED',
    message: 'This graph is open to those who bring an access token for it.',
  }
  const judge = (reading: CallerReading): CallerReading => {
    if (reading.kind === 'refused') return reading
    if (reading.kind === 'anonymous') return admission.anybody ? reading : nobody
    if (reading.holder === undefined || admitted.has(reading.holder)) return reading
    const path = admission.pathFor(reading.holder)
    const message = `The access token of a ${reading.holder} does not open this graph${path ? `, but ${path}` : ''}.`
    return { kind: 'refused', code: 'FORBIDDEN', message }
  }
  return {
    read(authorization) {
      const reading = reader.read(authorization)
      return reading instanceof Promise ? reading.then(judge) : judge(reading)
    },
  }
}
