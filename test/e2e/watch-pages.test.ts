/** The pages of the watch in a real browser: from a notice to the review of an incident, signals, and channels. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { jsonOf } from '../../src/simulator/http.ts'
import { launchBrowser } from '../../scripts/local/browser.ts'
import { MovedClock } from '../../scripts/local/moved-clock.ts'
import { attack } from './attack.ts'
import { expectNoViolations, loadAxe } from './page-checks.ts'
import { type Postern, WITH_DESTINATIONS, startPostern } from './postern.ts'

const clock = new MovedClock()
const WIDE = { width: 1280, height: 800 }

let postern: Postern
let browser: Browser
let context: BrowserContext
let page: Page
let receiver: Server
/** Types of the notices that came. */
const received: string[] = []
/** Errors of the browser: refused by the content security policy, not found, not parsed. */
const complaints: string[] = []

beforeAll(async () => {
  receiver = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      if (request.method === 'GET') {
        // A page of another site that links to the incident, as a chat does.
        response.setHeader('content-type', 'text/html')
        response.end(`<a href="${postern.runtime.url('console').origin}/incidents/1">Open</a>`)
        return
      }
      received.push((JSON.parse(Buffer.concat(parts).toString()) as { type: string }).type)
      response.end()
    })
  })
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  ;[postern, browser] = await Promise.all([startPostern({ ...WITH_DESTINATIONS, clock }), launchBrowser()])
  await attack(postern, clock, await postern.source('generic', 'attacked'))
  context = await browser.newContext({ viewport: WIDE, baseURL: postern.runtime.url('console').origin })
  page = await context.newPage()
  await loadAxe(page)
  page.on('console', (message) => complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(error.message))
}, 200_000)
afterAll(async () => {
  await browser?.close()
  await postern?.runtime.close()
  receiver?.close()
})

const port = () => (receiver.address() as AddressInfo).port

const noticed = (role: 'status' | 'alert') =>
  expect.poll(() => page.locator(`.notice[role=${role}]`).textContent(), { timeout: 10_000 })

async function logIn(): Promise<void> {
  await page.getByLabel('Token').fill(postern.secrets.ADMIN_TOKEN)
  await page.getByRole('button', { name: 'Log in' }).click()
}

describe('a person', () => {
  it('comes from a notice through the log-in to the incident, and later without a log-in', async () => {
    const visit = async () => {
      // The console is at 127.0.0.1, so this is another site.
      await page.goto(`http://localhost:${port()}/`)
      await page.getByRole('link', { name: 'Open' }).click()
    }
    await visit()
    await page.getByLabel('Token').waitFor()
    await logIn()
    await page.getByRole('heading', { name: 'Wrong secrets from one network' }).waitFor()
    await visit()
    await page.getByRole('heading', { name: 'Wrong secrets from one network' }).waitFor()
    expect(complaints.splice(0)).toEqual([])
  })

  it('opens the incident from Home, and takes care of it until it is reviewed', async () => {
    await page.goto('/')
    const needs = page.getByRole('region', { name: 'Needs attention' })
    expect(await needs.textContent()).toMatch(
      /attacked: 20 wrong.*Incident 1 · Wrong secrets from one network/,
    )
    await expectNoViolations(page, 'Home with an incident')
    await needs.getByRole('link', { name: 'Block the network' }).first().click()
    await page
      .getByRole('dialog')
      .getByRole('heading', { name: 'Block 203.0.113.0/24 for an hour' })
      .waitFor()
    await page.keyboard.press('Escape')
    await needs.getByRole('link', { name: 'Incident 1' }).click()
    await page.getByRole('heading', { name: 'Wrong secrets from one network' }).waitFor()
    await expectNoViolations(page, 'an open incident')
    // A block of the ESP's own network would be refused, so it is not advised.
    expect(await page.getByRole('region', { name: 'Next' }).textContent()).toContain(
      'Do not block 198.51.100.0/24: a delivery from it was verified in the last day.',
    )
    const recommended = page.getByRole('region', { name: 'Recommended' })
    expect(await recommended.getByRole('link').allTextContents()).toEqual([
      'Block 203.0.113.0/24 for an hour',
    ])
    await page.getByRole('button', { name: 'Acknowledge' }).click()
    await noticed('status').toContain('Acknowledged.')
    await page.getByRole('link', { name: 'Assign' }).click()
    await page.getByLabel('Who takes care of it').fill('ada')
    await page.getByRole('button', { name: 'Assign' }).click()
    await noticed('status').toContain('Assigned.')
    await recommended.getByRole('link').click()
    await page.getByText('20 requests of the incident came from there.').waitFor()
    await expectNoViolations(page, 'the question before a containment')
    await page.getByRole('button', { name: 'Block 203.0.113.0/24' }).click()
    await noticed('status').toContain('Contained.')
    expect(await recommended.getByRole('link').count()).toBe(0)
    const containments = page.getByRole('region', { name: 'Contained' })
    expect(await containments.textContent()).toContain('block 203.0.113.0/24')
    await containments.getByRole('button', { name: 'Lift' }).click()
    await noticed('status').toContain('Lifted.')
    expect(await containments.getByRole('button', { name: 'Lift' }).count()).toBe(0)
    await page.getByLabel('Note').fill('One network.\nIt is not ours.')
    await page.getByRole('button', { name: 'Add the note' }).click()
    await noticed('status').toContain('The note is in the timeline.')
    const timeline = page.getByRole('region', { name: 'Timeline' })
    expect(await timeline.textContent()).toContain('One network.It is not ours.')
    await page.getByRole('link', { name: 'Resolve' }).click()
    await page.getByLabel('Why').fill('The network is quiet.')
    await page.getByRole('button', { name: 'Resolve' }).click()
    await noticed('status').toContain('Resolved.')
    await page.getByRole('link', { name: 'Review' }).click()
    await page.getByLabel('What caused it').fill('A scanner.')
    await page.getByLabel('What was learned').fill('Nothing was accepted.')
    await page.getByRole('button', { name: 'Review', exact: true }).click()
    await noticed('status').toContain('The review is kept')
    const stored = jsonOf(await postern.console.get('/api/incidents/1'))
    expect(stored).toMatchObject({
      state: 'reviewed',
      assignee: 'ada',
      review: { cause: 'A scanner.', lessons: 'Nothing was accepted.' },
    })
    await page.goto('/')
    expect(await page.getByText('Block the network').count()).toBe(0)
    expect(complaints.splice(0)).toEqual([])
  })

  it('sees the attack among the signals of the source', async () => {
    await page.goto('/incidents/1')
    await page.getByRole('link', { name: 'attacked', exact: true }).click()
    await page.getByRole('figure', { name: /^Refused deliveries/ }).waitFor()
    await page.getByRole('figure', { name: /^Accepted deliveries/ }).waitFor()
    await page.getByText('The figures as a table').click()
    expect(await page.getByRole('table', { name: 'Signals, newest first' }).textContent()).toContain('20')
    await page.getByRole('link', { name: '7 d', exact: true }).click()
    await page.getByRole('figure', { name: /^Refused deliveries/ }).waitFor()
    expect(complaints.splice(0)).toEqual([])
  })

  it('creates a channel, tests it, changes it and removes it', async () => {
    await page.goto('/channels')
    await page.getByRole('link', { name: 'Webhook' }).click()
    await page.getByLabel('Name').fill('ops')
    await page.getByLabel('URL').fill('nowhere')
    const secret = page.getByLabel('Signing secret', { exact: true })
    await secret.fill(`whsec_${Buffer.alloc(32, 7).toString('base64')}`)
    await page.getByRole('button', { name: 'Create' }).click()
    await noticed('alert').toContain('URL')
    expect(complaints.splice(0).filter((text) => !text.includes('422'))).toEqual([])
    await page.getByLabel('URL').fill(`http://127.0.0.1:${port()}/`)
    await page.getByLabel('Wait for others').selectOption('not at all')
    await secret.fill(`whsec_${Buffer.alloc(32, 7).toString('base64')}`)
    await page.getByRole('button', { name: 'Create' }).click()
    await noticed('status').toContain('Created.')
    received.length = 0
    await page.getByRole('button', { name: 'Send a test notice' }).click()
    await noticed('status').toContain('The channel accepted a test notice')
    expect(received).toEqual(['alert.firing', 'alert.resolved'])
    await page.getByText('working', { exact: true }).waitFor()
    await page.getByRole('link', { name: 'Change' }).click()
    await page.getByLabel('Remind').selectOption('never')
    await page.getByRole('button', { name: 'Change' }).click()
    await noticed('status').toContain('Changed.')
    expect(complaints.splice(0)).toEqual([])
  })
})
