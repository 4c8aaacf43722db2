import fc from 'fast-check'

/** One seed for a run: handed in to repeat it, printed so that it can be. */
const seed = Number(process.env.RULES_SEED ?? Math.floor(Math.random() * 0x7fff_ffff))

console.info(`random cases of rules: RULES_SEED=${seed}`)

/** Checks a property on many random cases; a failure is shrunk and names the seed. */
export function forAll<Case>(
  cases: fc.Arbitrary<Case>,
  holds: (sample: Case) => boolean | undefined,
  runs = 500,
): void {
  fc.assert(
    fc.property(cases, sample => holds(sample)),
    { seed, numRuns: runs },
  )
}
