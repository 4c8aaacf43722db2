import { mkdtemp, rename, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLog } from '@tillgraph/kit/log'
import { expect, it } from 'vitest'
import { createGateway } from '../src/gateway.ts'
import { compose } from './kit/compose.ts'
import { createShop, SMALL_QUERY, shopTexts } from './kit/shop.ts'

const before = compose(shopTexts)
const after = compose(
  shopTexts.map(text =>
    text.name === 'users'
      ? { ...text, typeDefs: text.typeDefs.replace('birthday: Int', 'birthday: Int  nickname: String') }
      : text,
  ),
)

async function startOnFile() {
  const file = join(await mkdtemp(join(tmpdir(), 'supergraph-')), 'supergraph.graphql')
  await writeFile(file, before)
  const gateway = await createGateway({
    supergraph: { file },
    services: createShop(),
    log: createLog('gateway', 'silent'),
  })
  await gateway.listen(0, '127.0.0.1')
  const url = `http://127.0.0.1:${gateway.address?.port}/graphql`
  const ask = async (query: string) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    })
    return { status: response.status, text: await response.text() }
  }
  return { file, gateway, ask }
}

it('takes up a changed supergraph under load without dropping or changing an answer', async () => {
  const { file, gateway, ask } = await startOnFile()
  const expected = (await ask(SMALL_QUERY)).text
  expect(expected).toContain('"Table"')
  let running = true
  let asked = 0
  const wrong: unknown[] = []
  const load = Array.from({ length: 8 }, async () => {
    while (running) {
      const answer = await ask(SMALL_QUERY)
      asked += 1
      if (answer.status !== 200 || answer.text !== expected) wrong.push(answer)
    }
  })
  for (const [sdl, isKnown] of [
    [after, true],
    [before, false],
    [after, true],
  ] as const) {
    // Replaced as deployments do it, by a rename, which a watch on the file itself would lose.
    await writeFile(`${file}.next`, sdl)
    await rename(`${file}.next`, file)
    await expect
      .poll(async () => (await ask('{ me { nickname } }')).status, { timeout: 10_000 })
      .toBe(isKnown ? 200 : 400)
  }
  running = false
  await Promise.all(load)
  expect(wrong).toEqual([])
  expect(asked).toBeGreaterThan(10)
  await gateway.stop()
})

it('keeps the graph it has when the new file is broken', async () => {
  const { file, gateway, ask } = await startOnFile()
  await writeFile(file, 'type Query { broken')
  expect(await gateway.reload()).toBe(false)
  expect((await ask('{ me { name } }')).status).toBe(200)
  await writeFile(file, after)
  await expect.poll(async () => (await ask('{ me { nickname } }')).status, { timeout: 10_000 }).toBe(200)
  await gateway.stop()
})
