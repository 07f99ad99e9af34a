/** The console without JavaScript in a real browser: each page is read, and each kind of change is made. Then two people are erased. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type JWK, compactVerify, importJWK } from 'jose'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser } from '../../scripts/local/browser.ts'
import { linkedPages } from './linked-pages.ts'
import { type Postern, WITH_DESTINATIONS, nowSeconds, simulated, startPostern } from './postern.ts'
import { filesBelow, formsOf, tracesIn } from './traces.ts'

const MARK = `seed${randomBytes(6).toString('hex')}`
/** Each is erased by a browser of his kind. */
const PEOPLE = [
  ['without', `${MARK}.ada@example.com`],
  ['with', `${MARK}.grace@example.com`],
] as const
const EVE = 'eve@example.com'

let folder: string
let postern: Postern
let browser: Browser
let context: BrowserContext
let page: Page
/** Every address that a browser asked for. */
const asked: string[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-pages-'))
  ;[postern, browser] = await Promise.all([
    startPostern({ ...WITH_DESTINATIONS, stateDir: folder }),
    launchBrowser(),
  ])
  const shop = await postern.source('generic', 'shop')
  const events = [...PEOPLE.map(([, address]) => address), EVE].flatMap((recipient) => [
    simulated({ kind: 'email.bounced', bounce: 'hard', recipient }),
    simulated({ recipient }),
  ])
  await shop.deliver(await shop.account.deliver(events, nowSeconds()))
  await postern.settledAt('shop', events.length)
  await enter(false)
})
afterAll(async () => {
  await browser?.close()
  await postern?.runtime.close()
  await rm(folder, { recursive: true, force: true })
})

/** Logs in with a new browser. */
async function enter(javaScriptEnabled: boolean): Promise<void> {
  await context?.close()
  context = await browser.newContext({ baseURL: postern.runtime.url('console').origin, javaScriptEnabled })
  context.setDefaultTimeout(10_000)
  page = await context.newPage()
  page.on('request', (request) => asked.push(request.url()))
  await page.goto('/')
  await page.getByLabel('Token').fill(postern.secrets.ADMIN_TOKEN)
  await press('Log in')
  await page.getByRole('heading', { level: 1, name: 'Home' }).waitFor()
}

/** The page, or the dialog above it. */
const content = () => page.locator('main, dialog[open]')
const press = (name: string | RegExp) => content().getByRole('button', { name }).first().click()
const follow = (name: string | RegExp) => content().getByRole('link', { name }).first().click()
const fill = (label: string, text: string) =>
  content()
    .getByLabel(new RegExp(`^\\s*${label}\\s*(?:\\(|$)`))
    .first()
    .fill(text)
const says = (words: string | RegExp) => content().getByText(words).first().waitFor()
const heading = (name: string | RegExp) => page.getByRole('heading', { level: 1, name }).waitFor()

async function search(text: string): Promise<void> {
  await page.getByRole('searchbox', { name: 'Search' }).fill(text)
  await page.keyboard.press('Enter')
}

describe('without JavaScript, a team', () => {
  it('reads every page that links lead to', async () => {
    const pages = await linkedPages(context.request)
    expect(pages.length).toBeGreaterThan(40)
    for (const path of pages) {
      const answer = await page.goto(path)
      const title = await page.getByRole('heading', { level: 1 }).textContent()
      expect({ path, status: answer?.status(), hasTitle: title !== '' }).toEqual({
        path,
        status: 200,
        hasTitle: true,
      })
    }
  })

  it('searches, and narrows a list', async () => {
    await search('shop')
    await heading('shop')
    await page.goto('/activity')
    await page.locator('summary', { hasText: 'Filter' }).click()
    await page.locator('summary', { hasText: 'Types' }).click()
    await page.getByLabel('bounced', { exact: true }).check()
    await press('Filter')
    await says('Types: bounced')
    expect(await page.locator('main tbody tr').count()).toBe(3)
    await follow('Types: bounced')
    expect(await page.locator('main tbody tr').count()).toBe(6)
  })

  it('adds a source with a secret, and changes its settings', async () => {
    await page.goto('/sources')
    await follow('Add a source')
    await page.getByRole('main').locator('a[href="/sources/new/generic"]').first().click()
    await fill('Name', 'own')
    await press(/^Create it/)
    await press('Save, or generate it')
    await page.goto('/sources/own/settings')
    await says('hmac/1')
    await page.locator('[name="ratePerMinute"]').fill('-1')
    await press('Save the settings')
    await says(/wrong/)
    expect(await page.locator('[name="ratePerMinute"]').inputValue()).toBe('-1')
    await page.locator('[name="ratePerMinute"]').fill('100')
    await press('Save the settings')
    await says(/saved|changed/i)
  })

  it('adds a destination, pauses it and takes that back', async () => {
    await page.goto('/destinations/new')
    await fill('Name', 'app')
    await fill('URL', 'nowhere')
    await press('Add the destination')
    await page.getByRole('alert').waitFor()
    await fill('URL', 'https://app.example.com/email-events')
    await press('Add the destination')
    await follow(/I have the link/)
    await page.goto('/destinations/app')
    await follow('Pause')
    await press('Pause it')
    await press('Resume')
    await says('Resumed.')
  })

  it('suppresses an address, lifts it and takes that back', async () => {
    await page.goto('/suppressions/new')
    await fill('Address', 'nobody@example.com')
    await press('Suppress')
    await says('The address is suppressed.')
    await follow('Lift the suppression')
    await press('Lift')
    await says('The address is no longer suppressed.')
    await press('Undo: suppress it again')
    await says('must not be written to')
  })

  it('makes a channel, a token and a backup', async () => {
    await page.goto('/channels/new/webhook')
    await fill('Name', 'ops')
    await fill('URL', 'http://127.0.0.1:9/')
    await fill('Signing secret', `whsec_${Buffer.alloc(32, 7).toString('base64')}`)
    await press('Create')
    await says('Created.')
    await page.goto('/access/tokens/new')
    await fill('Whose, or what for', 'a program')
    await press('Make the token')
    await heading('A new token')
    expect(await page.locator('main [data-copy]').textContent()).toMatch(/^\S{20,}$/)
    await page.goto('/system')
    await press('Back up now')
    await says('The backup is made')
  })

  it('changes retention after a plan, with a reason', async () => {
    await page.goto('/retention/edit')
    await fill('Days of refusals', '3')
    await press('Plan')
    await says('This keeps less than before.')
    await fill('Why', 'the new rules')
    await press(/^Save|^Keep/)
    await page.waitForURL('/system?*')
  })
})

describe.each(PEOPLE)('%s JavaScript, a person', (kind, address) => {
  it('is exported, and erased after a plan, with a certificate that anybody can verify', async () => {
    await enter(kind === 'with')
    await search(address)
    await heading(address)
    await follow('Export a copy')
    await page.getByLabel('JSON, for programs').check()
    await fill('Why', 'request 1')
    const copy = await downloaded(() => press('Download'))
    expect(JSON.parse(copy)).toMatchObject({ address, events: [{}, {}], suppressions: [{}] })
    // The dialog stays where a file answers.
    await page.goto('/')
    await search(address)
    await follow('Erase')
    await says('This cannot be undone')
    await press('Erase for good')
    await fill('Why', 'request 1')
    await press('Erase for good')
    await says('The person is erased.')
    const file = await downloaded(() => follow('Download the certificate'))
    const { certificate, jws, key } = JSON.parse(file) as { certificate: object; jws: string; key: JWK }
    const { payload } = await compactVerify(jws, await importJWK(key, 'EdDSA'))
    expect(JSON.parse(new TextDecoder().decode(payload))).toEqual(certificate)
  })

  it('is named by no page, also not to whoever searches for the address', async () => {
    for (const path of await linkedPages(context.request)) {
      const text = await (await context.request.get(path)).text()
      expect({ path, isNamed: text.includes(address) }).toEqual({ path, isNamed: false })
    }
    await search(address)
    await heading('Erased')
    expect(await page.content()).not.toContain(address)
  })
})

async function downloaded(click: () => Promise<void>): Promise<string> {
  const [download] = await Promise.all([page.waitForEvent('download'), click()])
  return readFile(await download.path(), 'utf8')
}

it('leaves no trace of either in an address or in a file', async () => {
  await browser.close()
  await postern.runtime.close()
  const seeds = PEOPLE.flatMap(([, address]) => formsOf(address))
  const texts = [
    ['the log', postern.logs.join('\n')] as const,
    ['addresses', asked.join('\n')] as const,
    ...(await filesBelow(folder)),
  ]
  expect(texts.some(([, text]) => text.includes('email.bounced'))).toBe(true)
  expect(tracesIn(texts, seeds)).toEqual({})
})
