import { buildSchema, getOperationAST, Kind, parse } from 'graphql'
import { describe, expect, it } from 'vitest'
import { Random } from '../../../tests/support/random.ts'
import { type AnswerCheck, compileAnswerCheck } from './answer-check.ts'
import type { Fragments } from './selections.ts'
import { compileSerializer } from './serializer.ts'

const SCHEMA = buildSchema(`
  scalar Money
  interface Named { name: String! }
  enum Color { RED GREEN }
  type Query { notes: [Note!]!  note(id: ID): Note  count: Int  named: Named  self: Query }
  type Note implements Named { id: ID!  name: String!  text: String  stars: Int!  rating: Float  open: Boolean
    color: Color!  price: Money  tags: [String!]  grid: [[Int]!]  about: Product  more: [Product] }
  type Product implements Named { id: ID!  name: String!  stock: Int! }`)

function compiled(query: string): { check: AnswerCheck | undefined; write: (data: object) => string | undefined } {
  const document = parse(query)
  const operation = getOperationAST(document)
  if (!operation) throw new Error('There is no operation.')
  const fragments: Fragments = new Map(
    document.definitions.flatMap(one => (one.kind === Kind.FRAGMENT_DEFINITION ? [[one.name.value, one]] : [])),
  )
  const serialize = compileSerializer(SCHEMA, operation, fragments, () => 'null')
  return {
    check: compileAnswerCheck(SCHEMA, operation, fragments),
    write: data => {
      const report = { violated: false }
      const text = serialize(data as Record<string, unknown>, {}, report)
      return report.violated ? undefined : text
    },
  }
}

const passes = (query: string, answer: string | Buffer) => compiled(query).check?.(Buffer.from(answer))

describe('an answer is handed on as it came', () => {
  it.each([
    ['{ count }', '{"data":{"count":1}}'],
    ['{ count }', '{"data":{"count":null}}\n'],
    ['{ note { name } }', '{"data":{"note":null}}'],
    ['{ notes { name } }', '{"data":{"notes":[]}}'],
    ['{ a: note { __typename id name } }', '{"data":{"a":{"__typename":"Note","id":7,"name":"Büro 𝒳 \\"\\u20ac\\n"}}}'],
    ['{ note { ...N text } } fragment N on Named { name }', '{"data":{"note":{"name":"","text":null}}}'],
    ['{ note { grid tags } }', '{"data":{"note":{"grid":[[1,null],[]],"tags":["a","b"]}}}'],
    ['{ note { price rating } }', '{"data":{"note":{"price":["1.50",2,true,null],"rating":-1.25}}}'],
  ])('%s', (query, answer) => expect(passes(query, answer)).toBe(true))
})

describe('an answer is read', () => {
  it.each([
    ['with errors', '{ count }', '{"data":{"count":1},"errors":[]}'],
    ['without data', '{ count }', '{"data":null}'],
    ['with a null where none may be', '{ note { name } }', '{"data":{"note":{"name":null}}}'],
    ['with a null in a list where none may be', '{ notes { name } }', '{"data":{"notes":[null]}}'],
    ['with another type of value', '{ note { stars } }', '{"data":{"note":{"stars":"1"}}}'],
    ['with a fraction for a whole number', '{ note { stars } }', '{"data":{"note":{"stars":1.5}}}'],
    ['with a value that no enum has', '{ note { color } }', '{"data":{"note":{"color":"BLUE"}}}'],
    ['with less than was asked for', '{ note { id name } }', '{"data":{"note":{"id":"1"}}}'],
    ['with more than was asked for', '{ note { id } }', '{"data":{"note":{"id":"1","name":"x"}}}'],
    ['in another order', '{ note { id name } }', '{"data":{"note":{"name":"x","id":"1"}}}'],
    ['with a field twice', '{ count }', '{"data":{"count":1,"count":2}}'],
    ['of another object type', '{ note { __typename } }', '{"data":{"note":{"__typename":"Product"}}}'],
    ['with spaces', '{ count }', '{"data": {"count":1}}'],
    ['with more behind it', '{ count }', '{"data":{"count":1}}}'],
    ['that is broken off', '{ count }', '{"data":{"count":1}'],
    ['with a raw line end in a text', '{ note { name } }', '{"data":{"note":{"name":"a\nb"}}}'],
    ['with an escape that is none', '{ note { name } }', '{"data":{"note":{"name":"\\x41"}}}'],
    ['with half an escape', '{ note { name } }', '{"data":{"note":{"name":"\\u00"}}}'],
    ['with an exponent', '{ note { rating } }', '{"data":{"note":{"rating":1e400}}}'],
    ['with a leading zero', '{ count }', '{"data":{"count":01}}'],
    ['with less than nothing', '{ count }', '{"data":{"count":-0}}'],
  ])('%s', (_what, query, answer) => expect(passes(query, answer)).toBe(false))

  it('that is not UTF-8', () => {
    const answer = Buffer.from('{"data":{"note":{"name":"?"}}}')
    answer[answer.indexOf('?')] = 0xe9
    expect(passes('{ note { name } }', answer)).toBe(false)
  })

  it.each([
    '{ named { name } }',
    'query ($x: Boolean!) { count @include(if: $x) }',
    '{ __typename count }',
    '{ __schema { description } }',
  ])('whatever it is, for %s', query => expect(compiled(query).check).toBeUndefined())
})

it('is the same as one that was read and written, whatever befalls its bytes', () => {
  const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 32))
  const random = new Random(seed)
  const query = `{ notes { id name text stars rating open color price tags grid about { name stock } more { id } } count }`
  const { check, write } = compiled(query)
  if (!check) throw new Error('There is no check.')
  const or = <Value>(value: Value) => (random.chance(0.2) ? null : value)
  const some = <Value>(make: () => Value) => Array.from({ length: random.below(3) }, make)
  const text = () => random.pick(['', 'tea', 'Büro', '€', '𝒳', '"', '\\', 'a\nb', '\u2028', '\ud800'])
  const note = () => ({
    ...{ id: random.pick(['1', 7, 'x']), name: text(), text: or(text()), stars: random.below(9), rating: or(1.5) },
    ...{ open: or(random.chance(0.5)), color: random.pick(['RED', 'GREEN']), price: or(random.pick(['1', 1, [true]])) },
    ...{ tags: or(some(text)), grid: or(some(() => some(() => or(1)))) },
    ...{ about: or({ name: text(), stock: 1 }), more: or(some(() => or({ id: '1' }))) },
  })
  let passed = 0
  for (let turn = 0; turn < 20_000; turn++) {
    const bytes = Buffer.from(JSON.stringify({ data: { notes: some(note), count: or(3) } }))
    if (turn % 4 === 0) expect(check(bytes), `seed ${seed}`).toBe(true)
    for (let change = random.below(3); change > 0; change--) {
      const at = random.below(bytes.length)
      if (random.chance(0.5))
        bytes[at] = random.chance(0.5) ? random.below(256) : random.pick([...Buffer.from('"\\{}[],:0-.en')])
      else bytes.copyWithin(at, at + 1 + random.below(4))
    }
    if (!check(bytes)) continue
    passed += 1
    const read = JSON.parse(bytes.toString())
    const written = write(read.data)
    expect(written, `seed ${seed}: ${bytes}`).toBeDefined()
    expect(JSON.parse(written as string), `seed ${seed}`).toEqual(read.data)
    expect(Object.keys(read), `seed ${seed}`).toEqual(['data'])
  }
  expect(passed).toBeGreaterThan(1_000)
})
