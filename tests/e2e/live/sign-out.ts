import { randomUUID } from 'node:crypto'
import { type Client, createClient } from 'graphql-ws'
import { beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { ask, demand, signUp, type TestBusiness } from '../../support/ask.ts'
import type { TestGraph } from '../../support/graph.ts'
import { createStocked } from '../../support/stock.ts'

/** What is promised; the tokens themselves would last ten minutes. */
const PUT_OUT_WITHIN_MS = 5_000
const STOCK = 'subscription ($storeId: ID!) { stockChanged(storeId: $storeId) { level } }'

export function signInsThatEnd(graphOf: () => TestGraph): void {
  describe('somebody whose sign-in ends', () => {
    let graph: TestGraph
    let business: TestBusiness

    beforeAll(async () => {
      graph = graphOf()
      business = await signUp(graph.url, 'Leaving')
      await createStocked(graph.url, business, 'Espresso', 10)
    })

    test('is put out of sockets and event streams within seconds when signing out; others stay', async () => {
      const other = await signUp(graph.url, 'Staying')
      await createStocked(graph.url, other, 'Espresso', 10)
      const leaving = await signIn('owner', business.password)
      const watching = [await watch(leaving, business.storeId), await watch(other.token, other.storeId)] as const
      const stream = await fetch(graph.url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'text/event-stream',
          authorization: `Bearer ${leaving}`,
        },
        body: JSON.stringify({ query: STOCK, variables: { storeId: business.storeId } }),
      })
      await demand(graph.url, 'mutation { signOut { __typename } }', {}, leaving)
      await expect.poll(() => watching[0].closedWith, { timeout: PUT_OUT_WITHIN_MS }).toBe(4403)
      expect(await stream.text()).toMatch(/"code":"UNAUTHENTICATED".*\n\nevent: complete/)
      expect(watching[1].closedWith).toBeUndefined()
      for (const { client } of watching) await client.dispose()
    })

    test('is put out when a manager takes the account away', async () => {
      const password = `pass ${randomUUID()}`
      const input = {
        id: randomUUID(),
        userName: 'clerk',
        displayName: 'Clerk',
        password,
        roles: [{ role: 'MANAGER', storeId: business.storeId }],
      }
      const created = await demand<{ user: { id: string } }>(
        graph.url,
        `mutation ($input: CreateUserInput!) { createUser(input: $input) {
        ... on CreateUserSuccess { user { id } } ... on Problem { code message } } }`,
        { input },
        business.token,
      )
      const token = await signIn('clerk', password)
      const watching = await watch(token, business.storeId)
      await demand(
        graph.url,
        'mutation ($id: ID!) { deactivateUser(id: $id) { __typename ... on Problem { code message } } }',
        { id: created.user.id },
        business.token,
      )
      await expect.poll(() => watching.closedWith, { timeout: PUT_OUT_WITHIN_MS }).toBe(4403)
      const refused = await ask(graph.url, '{ __typename }', {}, { token })
      expect(refused.errors?.[0]?.extensions?.code).toBe('UNAUTHENTICATED')
      await watching.client.dispose()
    })

    async function signIn(login: string, password: string): Promise<string> {
      const device = { id: `device-${randomUUID()}`, name: 'test' }
      const { tokens } = await demand<{ tokens: { accessToken: string } }>(
        graph.url,
        `mutation ($input: SignInInput!) { signIn(input: $input) {
        ... on SignInSuccess { tokens { accessToken } } ... on Problem { code message } } }`,
        { input: { tenant: business.slug, login, password, device } },
      )
      return tokens.accessToken
    }

    interface Watching {
      readonly client: Client
      closedWith: number | undefined
    }

    async function watch(token: string, storeId: string): Promise<Watching> {
      let events = 0
      const client = createClient({
        url: graph.url.replace(/^http/, 'ws'),
        webSocketImpl: WebSocket,
        connectionParams: { authorization: `Bearer ${token}` },
        retryAttempts: 0,
      })
      const watching: Watching = { client, closedWith: undefined }
      client.subscribe(
        { query: STOCK, variables: { storeId } },
        {
          next: () => {
            events++
          },
          error: closed => {
            watching.closedWith = (closed as { code?: number }).code ?? -1
          },
          complete: () => {},
        },
      )
      await expect.poll(() => events, { timeout: PUT_OUT_WITHIN_MS }).toBe(1)
      return watching
    }
  })
}
