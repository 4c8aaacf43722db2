import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'
import { expect, it } from 'vitest'
import { compose } from './kit/compose.ts'
import { createShop, shopTexts } from './kit/shop.ts'
import { startGateway } from './kit/start-gateway.ts'

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium'
const sdl = compose(shopTexts)
const examples = [{ query: 'query Reader {\n  me {\n    name\n  }\n}\n' }, { query: '{ users { id } }' }]

it('a developer opens the address of the graph in a browser and gets GraphiQL, an API client gets the API', async () => {
  await using started = await startGateway(sdl, createShop(), { graphiql: { examples: [{ query: '# </script>' }] } })
  const page = await fetch(started.url, { headers: { accept: 'text/html,*/*' } })
  const html = await page.text()
  expect(page.headers.get('content-type')).toContain('text/html')
  expect(page.headers.get('content-security-policy')).toContain("script-src 'self';")
  expect(html).not.toContain('# </script>')
  const asset = /src="([^"]+main\.js)"/.exec(html)?.[1] ?? ''
  const script = await fetch(new URL(asset, started.url))
  expect(script.status).toBe(200)
  expect(script.headers.get('cache-control')).toContain('immutable')
  expect((await script.text()).length).toBeGreaterThan(1_000_000)
  expect((await fetch(new URL('/graphiql/assets/../../package.json', started.url))).status).toBe(404)
  expect((await fetch(started.url, { headers: { accept: 'application/json' } })).status).toBe(400)
}, 120_000)

it('in production there is no such page', async () => {
  await using started = await startGateway(sdl, createShop(), { production: true })
  const page = await fetch(started.url, { headers: { accept: 'text/html' } })
  expect(page.headers.get('content-type')).not.toContain('text/html')
  expect((await fetch(new URL('/graphiql', started.url))).status).toBe(404)
})

it.skipIf(!existsSync(CHROMIUM))(
  'in Chromium it runs a query with the token that was typed in, under its policy and without the internet',
  async () => {
    const shop = createShop()
    await using started = await startGateway(sdl, shop, { graphiql: { examples } })
    const browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
    })
    try {
      const page = await browser.newPage()
      const elsewhere: string[] = []
      const complaints: string[] = []
      page.on('request', request => {
        if (!/^(data:|blob:|http:\/\/127\.0\.0\.1:)/.test(request.url())) elsewhere.push(request.url())
      })
      page.on('console', message => {
        if (message.type() === 'error') complaints.push(message.text())
      })
      page.on('pageerror', error => complaints.push(String(error)))
      await page.goto(started.url)
      await page.fill('.token input', 'typed-in')
      await page.click('.graphiql-execute-button')
      await page.locator('.result-window', { hasText: 'Lovelace' }).waitFor()
      expect(await page.locator('.graphiql-tab-button').allTextContents()).toHaveLength(2)
      expect(shop.get('users')?.requests.at(-1)?.headers.authorization).toBe('Bearer typed-in')
      expect(elsewhere).toEqual([])
      expect(complaints).toEqual([])
    } finally {
      await browser.close()
    }
  },
  120_000,
)
