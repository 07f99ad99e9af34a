/** A destination that dies, and a person who brings it back by the pages alone: from the warning to the replay of what was lost. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { STILL, launchBrowser } from '../../scripts/local/browser.ts'
import { jsonOf } from '../../src/simulator/http.ts'
import type { SimulatedEvent } from '../../src/simulator/sender.ts'
import {
  type TestSource,
  WITH_DESTINATIONS,
  nowSeconds,
  simulated,
  until,
  withInstallation,
} from './postern.ts'
import { Receiver } from './receiver.ts'

const SECRET = `whsec_${Buffer.alloc(32, 1).toString('base64')}`

const postern = withInstallation(WITH_DESTINATIONS)
const application = new Receiver()
let shop: TestSource
let browser: Browser
let page: Page
const complaints: string[] = []

beforeAll(async () => {
  ;[browser, shop] = await Promise.all([
    launchBrowser(),
    postern.source('generic', 'shop'),
    application.start(),
  ])
  application.secrets = [SECRET]
  const document = { url: application.url, secrets: { signing_secret: SECRET } }
  expect((await postern.console.put('/api/destinations/app', document)).status).toBe(201)
  const context = await browser.newContext({
    ...STILL,
    viewport: { width: 1280, height: 800 },
    baseURL: postern.runtime.url('console').origin,
  })
  page = await context.newPage()
  page.on('console', (message) => complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(error.message))
}, 60_000)
afterAll(async () => {
  await browser?.close()
  await application.stop()
})

/** Two events, of which the endpoint has got as many requests when it ends. */
async function happen(kind: SimulatedEvent['kind'], requests: number): Promise<void> {
  const before = application.requests
  const events = [simulated({ kind }), simulated({ kind })]
  expect((await shop.deliver(await shop.account.deliver(events, nowSeconds()))).status).toBe(200)
  await until(async () => application.requests >= before + requests)
}

async function waiting(): Promise<readonly { readonly tries: number }[]> {
  const answer = await postern.console.get('/api/destinations/app/waiting')
  return (jsonOf(answer) as { waiting: readonly { tries: number }[] }).waiting
}

const noticed = (role: 'status' | 'alert') =>
  expect.poll(() => page.locator(`.notice[role="${role}"]`).textContent(), { timeout: 30_000 })
const main = () => page.getByRole('main').textContent()

it('is noticed, repaired, resumed, and gets each event once', async () => {
  await happen('email.delivered', 2)
  // It says that it took them, and loses them.
  application.options = { answers: () => 200 }
  await happen('email.opened', 2)
  application.options = { answers: (path) => (path === '/email-events' ? 410 : 503) }
  await happen('email.delivered', 1)
  await until(async () => (await waiting()).length > 0)

  await page.goto('/')
  await page.getByLabel('Token').fill(postern.secrets.ADMIN_TOKEN)
  await page.getByRole('button', { name: 'Log in' }).click()
  await page.getByRole('heading', { name: 'Home' }).waitFor()
  const warning = page.locator('.needs li', { hasText: 'app' })
  expect(await warning.textContent()).toMatch(/app gets nothing more: its endpoint answered 410/)
  await warning.getByRole('link', { name: 'app', exact: true }).click()
  // At the next minute of the watch it is an incident, which leads on.
  await page.waitForURL(({ pathname }) => pathname !== '/')
  if (new URL(page.url()).pathname.startsWith('/incidents'))
    await page.getByRole('main').getByRole('link', { name: 'app', exact: true }).first().click()
  await page.getByRole('heading', { name: 'app', level: 1 }).waitFor()
  expect(await main()).toContain('Correct the URL, send a test event, then resume it.')
  expect(await page.getByRole('region', { name: 'Last answers' }).textContent()).toContain('answered 410')

  await page.getByRole('link', { name: 'Edit the URL' }).click()
  await page.getByLabel('URL').fill(`${application.url}/v2`)
  await page.getByRole('button', { name: 'Save' }).click()
  await noticed('status').toContain('Saved.')
  await page.getByRole('button', { name: 'Resume' }).click()
  await noticed('status').toContain('Resumed.')

  // The new one still starts. What it refused once more waits for minutes.
  await until(async () => (await waiting()).filter(({ tries }) => tries > 1).length === 2)
  await page.getByRole('link', { name: /^Waiting/ }).click()
  expect(await page.getByRole('region', { name: 'Queue' }).textContent()).toContain('answered 503')
  application.options = {}
  await page.getByRole('button', { name: 'Try all again now' }).click()
  await noticed('status').toBe('2 deliveries are tried again now.')
  await until(async () => application.accepted.size >= 4)

  await page.getByRole('link', { name: 'Send again', exact: true }).click()
  await page.getByRole('link', { name: '1 h', exact: true }).click()
  await page.getByText('6 events were stored').waitFor()
  await page.getByLabel('opened').check()
  await page.getByRole('button', { name: 'Count' }).click()
  await page.getByText('2 pass the filters and are sent.').waitFor()
  await page.getByRole('button', { name: 'Send 2 events again' }).click()
  await noticed('status').toMatch(/^Sending again has begun, with \d+ events of that time\.$/)
  await until(async () => application.accepted.size >= 6)

  const stored = (await postern.settledAt('shop', 6)).map(({ id }) => id)
  expect(Object.fromEntries(application.accepted)).toEqual(Object.fromEntries(stored.map((id) => [id, 1])))
  expect(application.unverified).toEqual([])
  await page.getByRole('link', { name: 'Home', exact: true }).click()
  await page.getByRole('heading', { name: 'Home' }).waitFor()
  expect(await page.locator('.wrong li', { hasText: 'app' }).count()).toBe(0)
  expect(complaints).toEqual([])
}, 120_000)
