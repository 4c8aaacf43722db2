import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Requests } from '../scenarios/requests.ts'
import { LoadGenerator } from './load.ts'

const REQUESTS = new URL('../scenarios/requests.ts', import.meta.url)
const SIZE = { concurrency: 4, seconds: 0.2 }

let server: Server
let origin: string
let load: LoadGenerator
let answer: (body: string, count: number) => { status: number; text: string; close?: boolean }

beforeAll(async () => {
  let count = 0
  server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const { status, text, close } = answer(body, ++count)
    if (close) request.socket.destroy()
    else response.writeHead(status).end(text)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  load = new LoadGenerator()
})

afterAll(async () => {
  load.stop()
  server.closeAllConnections()
  await new Promise(resolve => server.close(resolve))
})

function parametersFor(...bodies: string[]): Requests {
  return { path: '/graphql', requests: bodies.map(body => ({ body, headers: {}, expected: `re: ${body}` })) }
}

const run = (parameters: Requests) =>
  load.run({ origin, scenario: REQUESTS, parameters }, SIZE, { pids: [process.pid] })

test('right answers are counted, with their latency and what they cost', async () => {
  answer = body => ({ status: 200, text: `re: ${body}` })
  const measured = await run(parametersFor('{"a":1}', '{"b":"€"}', '{"c":3}'))
  expect(measured.steps).toBeGreaterThan(0)
  expect(measured.p99_ms).toBeGreaterThanOrEqual(measured.median_ms)
  expect(measured.cpu_us_per_step).toBeGreaterThanOrEqual(0)
})

test('one wrong answer among many fails the run', async () => {
  answer = (body, count) => ({ status: 200, text: count % 7 === 0 ? 're: something else' : `re: ${body}` })
  await expect(run(parametersFor('{"a":1}'))).rejects.toThrow('re: something else')
})

test('the right answer with a wrong status fails the run', async () => {
  answer = body => ({ status: 500, text: `re: ${body}` })
  await expect(run(parametersFor('{"a":1}'))).rejects.toThrow('500')
})

test('a connection that is cut fails the run, and the generator goes on with the next', async () => {
  answer = body => ({ status: 200, text: `re: ${body}`, close: true })
  await expect(run(parametersFor('{"a":1}'))).rejects.toThrow('answers were wrong')
  answer = body => ({ status: 200, text: `re: ${body}` })
  expect((await run(parametersFor('{"a":1}'))).steps).toBeGreaterThan(0)
})

test('load goes to this machine only', async () => {
  const far = load.run({ origin: 'http://192.0.2.1:80', scenario: REQUESTS, parameters: parametersFor('{}') }, SIZE)
  await expect(far).rejects.toThrow('this machine only')
})
