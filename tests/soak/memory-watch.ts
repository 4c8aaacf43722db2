import { percentile } from '../../bench/harness/statistics.ts'
import { Inspector } from '../load/inspector.ts'

interface Reading {
  readonly name: string
  readonly at: number
  readonly used_mb: number
}

export interface Growth {
  readonly first_mb: number
  readonly last_mb: number
  readonly grown_mb: number
}

/** How much memory some processes use as time goes by, garbage aside. */
export class MemoryWatch {
  readonly #inspectors: ReadonlyMap<string, Inspector>
  readonly #readings: Reading[] = []

  static async connect(ports: ReadonlyMap<string, number>, names: readonly string[]): Promise<MemoryWatch> {
    const inspectors = new Map<string, Inspector>()
    for (const name of names) inspectors.set(name, await Inspector.connect(ports.get(name) ?? 0))
    return new MemoryWatch(inspectors)
  }

  private constructor(inspectors: ReadonlyMap<string, Inspector>) {
    this.#inspectors = inspectors
  }

  async look(): Promise<void> {
    for (const [name, inspector] of this.#inspectors)
      this.#readings.push({ name, at: Date.now(), used_mb: (await inspector.memory()).used_mb })
  }

  /** From the middle value of the first quarter, when everything has been used once, to that of the last. */
  growth(began: number, ended: number): Record<string, Growth> {
    const quarter = (ended - began) / 4
    const of = (name: string): Growth => {
      const used = (from: number, until: number) =>
        this.#readings.filter(one => one.name === name && one.at >= from && one.at <= until).map(one => one.used_mb)
      const first = percentile(used(began, began + quarter), 50)
      const last = percentile(used(ended - quarter, Number.POSITIVE_INFINITY), 50)
      return { first_mb: Math.round(first), last_mb: Math.round(last), grown_mb: Math.round(last - first) }
    }
    return Object.fromEntries([...this.#inspectors.keys()].map(name => [name, of(name)]))
  }

  close(): void {
    for (const inspector of this.#inspectors.values()) inspector.close()
  }
}
