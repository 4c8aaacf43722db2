import { describe, expect, it } from 'vitest'
import { Random } from '../../../tests/support/random.ts'
import { broadTexts } from './broad-supergraph.ts'
import { type Form, Oracle } from './comparison.ts'
import { inventWorld } from './invented-data.ts'

const WORLDS = 20

const oracle = new Oracle(broadTexts)

/** Every answer in many worlds is the one that graphql-js and the stock executor come to. */
async function agrees(query: string, variables: Record<string, unknown> = {}): Promise<string[]> {
  const answers: string[] = []
  for (const form of ['value', 'text'] satisfies Form[]) {
    const random = new Random(1)
    const compiled = oracle.compile(query, form)
    if (compiled.kind === 'refused') throw new Error(JSON.stringify(compiled.errors))
    for (let round = 0; round < WORLDS; round++) {
      const { ours, differences } = await oracle.compare(compiled, variables, inventWorld(random))
      expect(differences).toEqual([])
      answers.push(ours.data ?? 'null')
    }
  }
  return answers
}

/** What the subgraphs are asked, by one run in a world in which all is well. */
async function requestsOf(query: string, variables: Record<string, unknown>, seed = 1) {
  const compiled = oracle.compile(query, 'value')
  if (compiled.kind === 'refused') throw new Error(JSON.stringify(compiled.errors))
  const requests = await oracle.requestsOf(compiled, variables, { seed, errors: 0, nulls: 0, brokenNulls: 0 })
  return requests.map(({ service, request }) => ({ service, query: request.query, variables: request.variables }))
}

describe('a field under a condition that other subgraphs are asked for to compute it', () => {
  const QUERY = `query Q($no: Boolean!) {
    people { favourite { stock requiredWeight requiredShipping @skip(if: $no) } }
  }`

  it('does not take the other fields along when it is left out', async () => {
    const answers = await agrees(QUERY, { no: true })
    expect(answers.some(answer => /"stock":\d/.test(answer))).toBe(true)
    expect(answers.some(answer => answer.includes('requiredShipping'))).toBe(false)
  })

  it('is there when it is asked for', async () => {
    const answers = await agrees(QUERY, { no: false })
    expect(answers.some(answer => /"requiredShipping":\d/.test(answer))).toBe(true)
  })

  it('is not computed from anything when nobody asks for it', async () => {
    const requests = await requestsOf(QUERY, { no: true })
    expect(requests.map(({ query }) => query).join()).not.toMatch(/dimensions|requiredShipping/)
  })
})

describe('a change that is asked for twice, once under a condition', () => {
  const QUERY = `mutation M($more: Boolean!) {
    touch @include(if: $more) { product { grid { name } } }
    greet(name: "x") { email }
    touch { product { grid { requiredHidden } } }
  }`

  it('is made once', async () => {
    const requests = await requestsOf(QUERY, { more: true })
    expect(requests.filter(({ query }) => query.includes('touch'))).toHaveLength(1)
  })

  it('is made once also when only the second is under a condition', async () => {
    const query = `mutation M($more: Boolean!) {
      touch { product { grid { name } } } greet(name: "x") { email } ... on Mutation { touch @include(if: $more) { product { stock } } }
    }`
    const requests = await requestsOf(query, { more: true })
    expect(requests.filter(request => request.query.includes('touch'))).toHaveLength(1)
  })

  it('answers with both, lists within lists included', async () => {
    await agrees(QUERY, { more: true })
    await agrees(QUERY, { more: false })
  })
})

it('an error of a field that was needed only is not told of another field that has its name', async () => {
  const answers = await agrees('{ topMedia { year: id requiredAge } }')
  expect(answers.some(answer => answer.includes('"year":"id:'))).toBe(true)
})

describe('an object of an interface of which only some types are asked for more', () => {
  const QUERY = `query Q($more: Boolean!) {
    topMedia { ... on Film { ... on Film @include(if: $more) { requiredAge kind } } }
  }`

  it('is never sent to a subgraph without one of its keys', async () => {
    await agrees(QUERY, { more: true })
    for (let seed = 0; seed < WORLDS; seed++) {
      for (const { variables } of await requestsOf(QUERY, { more: true }, seed)) {
        for (const representation of (variables?.representations ?? []) as object[]) {
          expect(representation).toHaveProperty('id')
        }
      }
    }
  })
})
