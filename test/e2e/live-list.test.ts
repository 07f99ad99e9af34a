/** The live list of events on a slow phone, while a thousand events a second arrive. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { STILL, launchBrowser } from '../../scripts/local/browser.ts'
import { nowSeconds, simulated, until, withInstallation } from './postern.ts'

const postern = withInstallation()
let browser: Browser
let page: Page
const complaints: string[] = []

beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(async () => {
  await browser?.close()
})

const DELIVERIES = 30
const EVENTS = 100
/** A processor of a phone of some years ago. */
const SLOWER = 6
/** A reader notices more than this. The machine of the test has other work, too. */
const FROZEN_MS = 1_000

/** The longest time between two frames, in milliseconds, until it is asked for. Runs in the browser. */
const WATCH_FRAMES = `(() => {
  let last = performance.now()
  window.longest = 0
  requestAnimationFrame(function frame(now) {
    window.longest = Math.max(window.longest, now - last)
    last = now
    requestAnimationFrame(frame)
  })
})()`

/** Runs in the browser. */
const WHOLE_ROWS =
  "[...document.querySelectorAll('main tbody tr')].filter((row) => row.getBoundingClientRect().bottom <= innerHeight).length"

const state = async (): Promise<string> => page.locator('[data-live]').innerText()
const rows = async (): Promise<number> => page.locator('main tbody tr').count()

it('shows a sample, says so, does not freeze, and waits while somebody reads', async () => {
  const shop = await postern.source('generic', 'shop')
  const deliver = async (count: number): Promise<void> => {
    const events = Array.from({ length: count }, () => simulated())
    const answer = await shop.deliver(await shop.account.deliver(events, nowSeconds()))
    expect(answer.status).toBe(200)
  }
  await deliver(1)
  await until(async () => (await postern.events('shop')).length === 1)

  const { origin } = postern.runtime.url('console')
  page = await browser.newPage({
    ...STILL,
    viewport: { width: 360, height: 740 },
    baseURL: origin,
    hasTouch: true,
  })
  page.on('console', (message) => complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(error.message))
  await page.goto('/login')
  await page.getByLabel('Token').fill(postern.secrets.ADMIN_TOKEN)
  await page.getByRole('button', { name: 'Log in' }).click()
  await page.getByRole('heading', { level: 1, name: 'Home' }).waitFor()
  await page.goto('/activity')
  await until(async () => (await state()).startsWith('Live'))

  const session = await page.context().newCDPSession(page)
  await session.send('Emulation.setCPUThrottlingRate', { rate: SLOWER })
  await page.evaluate(WATCH_FRAMES)
  await Promise.all(Array.from({ length: DELIVERIES }, () => deliver(EVENTS)))
  await until(async () => (await state()).includes('a sample'))
  await until(async () => (await rows()) > 20)
  expect(await rows()).toBeLessThanOrEqual(200)
  expect(await page.evaluate<number>('window.longest')).toBeLessThan(FROZEN_MS)
  await session.send('Emulation.setCPUThrottlingRate', { rate: 1 })

  // Somebody reads: the list stands still until it is asked for.
  await page.locator('main .row-link').first().focus()
  await until(async () => !(await state()).includes('a sample'))
  const before = await page.locator('main .row-link').first().getAttribute('href')
  await deliver(1)
  await until(async () => (await state()).includes('Show'))
  expect(await page.locator('main .row-link').first().getAttribute('href')).toBe(before)
  await page.getByRole('button', { name: /^Show \d+ new$/ }).click()
  expect(await page.locator('main .row-link').first().getAttribute('href')).not.toBe(before)

  // Paused by its key, it takes nothing; resumed, it goes on where it ended.
  await page.keyboard.press('p')
  await until(async () => (await state()).startsWith('Paused'))
  const paused = await rows()
  await deliver(2)
  await until(async () => (await postern.events('shop')).length >= 100)
  expect(await rows()).toBe(paused)
  await page.getByRole('button', { name: 'Resume' }).click()
  await page.evaluate('document.activeElement.blur()')
  await until(async () => (await rows()) >= paused + 2)
  expect(await rows()).toBeGreaterThanOrEqual(paused + 2)

  // On the screen of a desk many rows are whole.
  const storageState = await page.context().storageState()
  const desk = await browser.newPage({
    viewport: { width: 1440, height: 900 },
    baseURL: origin,
    storageState,
  })
  await desk.goto('/activity')
  expect(await desk.evaluate<number>(WHOLE_ROWS)).toBeGreaterThanOrEqual(18)
  expect(complaints).toEqual([])
}, 120_000)
