import { expect, it } from 'vitest'
import { Random } from '../../../tests/support/random.ts'
import { broadTexts } from './broad-supergraph.ts'
import { type Form, Oracle } from './comparison.ts'
import { inventWorld } from './invented-data.ts'
import { inventOperation } from './invented-operations.ts'

const SEED = Number(process.env.ORACLE_SEED ?? Date.now() % 1_000_000)
const CASES_MAX = Number(process.env.ORACLE_CASES ?? 1_000_000)
const ROUNDS = 6
const COMPARED_MIN = 120
const MILLISECONDS = process.env.ORACLE_CASES ? Number.POSITIVE_INFINITY : 12_000
const FORMS: readonly Form[] = ['value', 'text']

it(`answers like the stock executor whatever is asked and whatever goes wrong (ORACLE_SEED=${SEED})`, async () => {
  const oracle = new Oracle(broadTexts)
  const random = new Random(SEED)
  const count = {
    compared: 0,
    invalid: 0,
    unplannable: 0,
    slowPath: 0,
    withErrors: 0,
    withViolations: 0,
  }
  const end = Date.now() + MILLISECONDS
  // A busy machine may take longer for the least that is worth something.
  for (let number = 0; number < CASES_MAX && (Date.now() < end || count.compared < COMPARED_MIN); number++) {
    const { query, variables } = inventOperation(oracle.graph.schema, random)
    const form = random.pick(FORMS)
    const compiled = oracle.compile(query, form)
    if (compiled.kind === 'refused') {
      if (compiled.cause) count.unplannable += 1
      else count.invalid += 1
      continue
    }
    if (!compiled.fast) count.slowPath += 1
    for (let round = 0; round < ROUNDS; round++) {
      const world = inventWorld(random)
      const { differences, stock } = await oracle.compare(compiled, variables, world)
      count.compared += 1
      if (stock.errors.length > 0) count.withErrors += 1
      if (stock.extensions) count.withViolations += 1
      for (const { about, actual, expected } of differences) {
        const told = `case ${number} (${form}) ${JSON.stringify(world)}\n${query}\n${JSON.stringify(variables)}`
        expect(actual, `${about} of ${told}`).toEqual(expected)
      }
    }
  }
  console.log(`oracle seed ${SEED}:`, JSON.stringify({ ...count, passedOn: oracle.passedOn }))
  expect(count.slowPath).toBe(0)
  expect(count.compared).toBeGreaterThanOrEqual(COMPARED_MIN)
}, 3_600_000)
