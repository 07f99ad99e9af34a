/** The console as an operator sees it, in a real browser. */
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { drillRoutes } from '../../src/api/drills.ts'
import { jsonOf, send } from '../../src/simulator/http.ts'
import { utf8 } from '../../src/platform/bytes.ts'
import type { Store } from '../../src/store/store.ts'
import { deliveryFacts, quarantinedItem } from '../support/mail-events.ts'
import { putIntoQuarantine } from '../support/quarantine.ts'
import { STILL, launchBrowser } from '../../scripts/local/browser.ts'
import { MovedClock } from '../../scripts/local/moved-clock.ts'
import { attack } from './attack.ts'
import { putDeadLetter, storeOf } from './dead-letter.ts'
import {
  expectNoViolations,
  expectReachableByKeyboard,
  expectWell,
  focused,
  layoutShift,
  loadAxe,
  tabTo,
} from './page-checks.ts'
import { linkedPages } from './linked-pages.ts'
import { Receiver } from './receiver.ts'
import {
  type Postern,
  type TestSource,
  WITH_DESTINATIONS,
  simulated,
  startPostern,
  until,
} from './postern.ts'

const clock = new MovedClock()
const WIDE = { width: 1280, height: 800 }

let postern: Postern
let store: Store
let shop: TestSource
let browser: Browser
let context: BrowserContext
let page: Page
/** Errors of the browser: refused by the content security policy, not found, not parsed. */
let complaints: string[]

beforeAll(async () => {
  ;[postern, browser] = await Promise.all([
    startPostern({ ...WITH_DESTINATIONS, clock }),
    launchBrowser(),
    application.start(),
  ])
  store = await storeOf(postern)
  shop = await postern.source('generic', 'shop')
  await forge()
  await putDeadLetter(store, postern, 'first')
  await quarantine()
  await postern.console.post('/api/suppressions', { address: 'grace@example.com', note: 'asked by phone' })
  await failingDestination()
  await deliver('ada@example.com')
  await until(async () => (await waitingAt('app')) > 0)
  await attack(postern, clock, shop)
  for (const [path, document] of [
    ['/api/channels/ops', { kind: 'webhook', url: application.url, secrets: { signing_secret: SECRET } }],
    ['/api/sources/shop/capture', {}],
  ] as const)
    expect((await postern.console.put(path, document)).status).toBeLessThan(300)
  for (const [path, document] of [
    ['/api/tokens', { name: 'reader', role: 'viewer' }],
    ['/api/backups', {}],
    ['/api/drills', drillRoutes.recordDrill.example],
  ] as const)
    expect((await postern.console.post(path, document)).status).toBeLessThan(300)
  const erased = await send(new URL('/api/people/erase', postern.runtime.url('console')), {
    method: 'POST',
    headers: {
      authorization: `Bearer ${postern.secrets.ADMIN_TOKEN}`,
      'content-type': 'application/json',
      'x-reason': 'request 1',
    },
    body: utf8('{"address": "erased@example.com"}'),
  })
  expect(erased.status).toBe(200)
})
afterAll(async () => {
  await browser?.close()
  await postern?.runtime.close()
  await application.stop()
})

/** Its answers are what a test chooses. */
const application = new Receiver({ luck: () => 0.5, fails: 1 })
const SECRET = `whsec_${Buffer.alloc(32, 1).toString('base64')}`

/** An ordered destination whose endpoint fails. */
async function failingDestination(): Promise<void> {
  application.secrets = [SECRET]
  const put = await postern.console.put('/api/destinations/app', {
    url: application.url,
    ordered: true,
    ed25519: true,
    headers: { 'x-key': 'value-of-the-header' },
    filter: { types: ['email.delivered'], where: { recipient: { $endsWith: '@example.com' } } },
    secrets: { signing_secret: SECRET },
  })
  expect(put.status, put.body.toString()).toBe(201)
}

async function waitingAt(name: string): Promise<number> {
  const answer = await postern.console.get(`/api/destinations/${name}/waiting`)
  return (jsonOf(answer) as { waiting: readonly unknown[] }).waiting.length
}

async function isSuppressed(address: string): Promise<unknown> {
  const answer = await postern.console.get(`/api/suppressions/${encodeURIComponent(address)}`)
  return (jsonOf(answer) as { suppressed: unknown }).suppressed
}

afterEach(async () => {
  await context?.close()
  expect(complaints).toEqual([])
})

/** Stores one event. */
async function deliver(recipient: string): Promise<void> {
  const before = (await postern.events('shop')).length
  const answer = await shop.deliver(
    await shop.account.deliver([simulated({ recipient })], clock.nowSeconds()),
  )
  expect(answer.status).toBe(200)
  await until(async () => (await postern.events('shop')).length > before)
}

async function forge(): Promise<void> {
  const genuine = await shop.account.deliver([simulated()], clock.nowSeconds())
  const answer = await shop.deliver({ ...genuine, body: utf8('{"forged": true}') })
  expect(answer.status).toBe(401)
  // The gateway reports refusals once a second.
  await until(async () => {
    const told = jsonOf(await postern.console.get('/api/refusals')) as { refusals: readonly unknown[] }
    return told.refusals.length > 0
  })
}

async function quarantine(): Promise<void> {
  const text = '{"event_type": "email.teleported",\n\t"data": "a\u202Eb <script>alert(1)</script>"}'
  await putIntoQuarantine(store, quarantinedItem(text), deliveryFacts())
}

/** Runs in the browser. */
const REPORT_VIOLATIONS = `addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
  console.error('the policy refused', violatedDirective, blockedURI))`

/** A fresh browser on the log-in page. */
async function open(options: { timezoneId?: string } = {}): Promise<void> {
  const { origin } = postern.runtime.url('console')
  context = await browser.newContext({ ...STILL, viewport: WIDE, baseURL: origin, ...options })
  page = await context.newPage()
  complaints = []
  page.on('console', (message) => complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(error.message))
  await page.addInitScript(REPORT_VIOLATIONS)
  await page.goto('/')
}

async function logIn(): Promise<void> {
  await page.getByLabel('Token').fill(postern.secrets.ADMIN_TOKEN)
  await page.getByRole('button', { name: 'Log in' }).click()
  await page.getByRole('heading', { name: 'Home' }).waitFor()
}

/** The page of the first row, which would open beside the list. */
async function openFirst(show: string): Promise<void> {
  await page.goto(`/activity?show=${show}`)
  await page.goto((await page.locator('main .row-link').first().getAttribute('href')) ?? '')
}

const region = (name: string) => page.getByRole('region', { name })

/** Pages to which no link leads: each comes after something was done. */
const AFTER_FORMS: readonly (readonly [name: string, go: () => Promise<unknown>])[] = [
  ['no events that match', () => page.goto('/activity?message=none&column=Campaign')],
  [
    'a refused delivery',
    async () => {
      await openFirst('refused')
      await page.getByText('How to mend it').waitFor()
    },
  ],
  [
    'a quarantined item',
    async () => {
      await openFirst('quarantined')
      await page.getByRole('heading', { name: 'What was sent' }).waitFor()
    },
  ],
  [
    'the addresses that were checked',
    async () => {
      await page.goto('/suppressions/check')
      await page.getByLabel('Addresses').fill('grace@example.com\nada@example.com')
      await page.getByRole('button', { name: 'Check' }).click()
      await page.getByText('Suppressed: 1 of 2').waitFor()
    },
  ],
  [
    'the verdicts about addresses',
    async () => {
      await page.goto('/suppressions/addresses')
      await page.getByLabel('Addresses').fill('no address')
      await page.getByRole('button', { name: 'Check' }).click()
      await page.getByText('undeliverable').waitFor()
    },
  ],
  [
    'the preview of an import',
    async () => {
      await page.goto('/suppressions/import')
      await page.getByLabel('CSV').fill('joan@example.com,asked')
      await page.getByRole('button', { name: 'Show what it would do' }).click()
      await page.getByText('Nothing is changed yet.').waitFor()
    },
  ],
  ['the dead letters after a form', () => page.goto('/activity?show=gave-up&notice=redrive_failed&count=2')],
  ['a destination after a form', () => page.goto('/destinations/app?notice=test_failed')],
  ['an incident after a form', () => page.goto('/incidents/1?notice=action_gone')],
  ['signals of weeks', () => page.goto('/sources/shop?from=now-14d&to=now')],
  [
    'the form of a destination, with its problems',
    async () => {
      await page.goto('/destinations/new')
      await page.getByLabel('Name', { exact: true }).first().fill('New')
      await page.getByLabel('URL').fill('http://app.example.com')
      await page.getByRole('button', { name: 'Add the destination' }).click()
      await page.getByRole('alert').waitFor()
      complaints = complaints.filter((text) => !text.includes('422'))
    },
  ],
  [
    'the plan of a replay',
    async () => {
      await page.goto('/destinations/app/send-again')
      await page.getByRole('link', { name: '1 h', exact: true }).click()
      await page.getByText(/w(?:as|ere) stored from/).waitFor()
    },
  ],
  [
    'the audit log, verified',
    async () => {
      await page.goto('/access/audit')
      await page.getByRole('button', { name: 'Verify the whole log' }).click()
      await page.getByText('The log is whole').waitFor()
    },
  ],
  [
    'the plan of retention',
    async () => {
      await page.goto('/retention/edit')
      await page.getByLabel('Days of refusals').fill('3')
      await page.getByRole('button', { name: 'Plan' }).click()
      await page.getByText('This keeps less than before.').waitFor()
    },
  ],
]

describe('an operator', () => {
  it('sees an error for a wrong token, and can log in with the right one', async () => {
    await open()
    await page.getByLabel('Token').fill('not-the-admin-token')
    await page.getByRole('button', { name: 'Log in' }).click()
    await expect
      .poll(() => page.getByRole('alert').textContent())
      .toBe('That is no token that is known here.')
    // The browser itself logs that the answer was 401.
    complaints = complaints.filter((text) => !text.includes('401'))
    await logIn()
    expect(new URL(page.url()).pathname).toBe('/')
    expect((await context.cookies()).filter(({ name }) => name === 'postern_session')).toMatchObject([
      { name: 'postern_session', httpOnly: true, sameSite: 'Strict' },
    ])
    await page.locator('summary', { hasText: 'AD' }).click()
    await page.getByRole('button', { name: 'Log out' }).click()
    await page.getByLabel('Token').waitFor()
  })

  it('sees what there is, each on its page', async () => {
    await open()
    await logIn()
    const go = async (name: string): Promise<string> => {
      await page.getByRole('link', { name, exact: true }).click()
      await page.getByRole('heading', { name, exact: true, level: 1 }).waitFor()
      return (await page.getByRole('main').textContent()) ?? ''
    }
    expect(await go('Sources')).toContain('http://localhost:8787/hooks/shop')
    expect(await go('Activity')).toContain('ada@example.com')
    const segment = async (name: string): Promise<string | null> => {
      await page.locator('.segments').getByRole('link', { name }).click()
      await page.locator('.segments [aria-current]', { hasText: name }).waitFor()
      return page.locator('main tbody').first().textContent()
    }
    expect(await segment('Refused')).toContain('Signature does not fit')
    expect(await segment('Quarantined')).toContain('The item is not of the provider’s form.')
    expect(await segment('Gave up')).toContain('The store kept failing.')
    expect(await go('Suppressions')).toContain('grace@example.com')
    expect(await go('Destinations')).toMatch(/an event blocks others|the latest attempts failed/)
  })

  it('goes to a page, searches and lists the keys by keyboard alone', async () => {
    await open()
    await logIn()
    await page.keyboard.press('g')
    await page.keyboard.press('s')
    await page.getByRole('heading', { name: 'Sources' }).waitFor()
    await page.keyboard.press('?')
    await page.getByRole('heading', { name: 'Keys' }).waitFor()
    await page.keyboard.press('Escape')
    await page.keyboard.press('/')
    await page.keyboard.type('shop')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'shop' }).waitFor()
    expect(new URL(page.url()).pathname).toBe('/sources/shop')
  })

  it('jumps to a destination’s test by the palette', async () => {
    await open()
    await loadAxe(page)
    await logIn()
    await page.keyboard.press('Control+k')
    await page.keyboard.type('app')
    const rows = page.getByRole('option')
    await rows.filter({ hasText: 'Destination' }).waitFor()
    expect(await rows.first().getAttribute('aria-selected')).toBe('true')
    await expectNoViolations(page, 'the palette')
    await page.keyboard.press('ArrowDown')
    expect(await page.locator('[aria-selected=true]').textContent()).toContain('Test app')
    await page.keyboard.press('Enter')
    await page.waitForURL('**/destinations/app/test')
  })

  it('goes by the palette to a part of the page, and to the page that a filter is sent to', async () => {
    await open()
    await logIn()
    const jump = async (name: string) => {
      await page.keyboard.press('Control+k')
      await page.keyboard.type(name)
      await page.getByRole('option', { name: `${name} Page` }).waitFor()
      await page.keyboard.press('Enter')
    }
    await page.goto('/system')
    await jump('Retention')
    await page.waitForURL('**/system#retention')
    expect(await page.locator('#palette').isVisible()).toBe(false)
    await page.goto('/suppressions?reason=complaint')
    await jump('Suppressions')
    await page.waitForURL((url) => url.pathname === '/suppressions' && url.search === '')
  })

  it('cancels what opened above a page, also if it leads to a part of it', async () => {
    await open()
    await logIn()
    await page.goto('/system')
    await region('Retention').getByRole('link', { name: 'Change' }).click()
    const opened = page.locator('dialog.opened')
    await opened.waitFor()
    expect(await page.evaluate('document.activeElement.name')).toBe('events')
    await opened.getByRole('link', { name: 'Cancel' }).click()
    await expect.poll(() => opened.isVisible()).toBe(false)
  })

  it('sees a bounce on Home without loading it again, but not below the pointer', async () => {
    await open()
    await logIn()
    await page.clock.install()
    await page.goto('/')
    expect(await layoutShift(page, () => page.clock.runFor(1_000))).toBeLessThanOrEqual(0.02)
    const bounce = async (recipient: string) => {
      const event = simulated({ kind: 'email.bounced', bounce: 'hard', recipient })
      await shop.deliver(await shop.account.deliver([event], clock.nowSeconds()))
      await until(async () => (await postern.events('shop')).some((one) => one.recipient === recipient))
      await page.clock.runFor(11_000)
    }
    const news = region('Worth a look')
    await page.mouse.move(0, 0)
    await bounce('seen@example.com')
    await news.getByText('seen@example.com').waitFor()
    await news.hover()
    await bounce('later@example.com')
    await region('Outcome').waitFor()
    expect(await news.getByText('later@example.com').count()).toBe(0)
    await page.mouse.move(0, 0)
    await page.clock.runFor(11_000)
    await news.getByText('later@example.com').waitFor()
  })

  it('sees no list of Activity jump', async () => {
    await open()
    await logIn()
    await page.goto('/activity')
    expect(await layoutShift(page)).toBeLessThanOrEqual(0.02)
  })

  it('sees times in the zone of the machine, and the instant in the tooltip', async () => {
    await open({ timezoneId: 'Asia/Kathmandu' })
    await logIn()
    await page.goto('/activity')
    const time = page.locator('main tbody time').first()
    const at = new Date((await time.getAttribute('datetime')) ?? '')
    const clock = at.toLocaleTimeString('sv-SE', { timeZone: 'Asia/Kathmandu' })
    expect(await time.locator('.clock').textContent()).toContain(clock)
    expect(await time.getAttribute('title')).toBe(at.toISOString())
  })

  it('redrives a dead letter, and then sees its event', async () => {
    await putDeadLetter(store, postern, 'second')
    await open()
    await logIn()
    await page.goto('/activity?show=gave-up')
    await page.getByRole('button', { name: 'Redrive req_second.0' }).click()
    await expect
      .poll(() => page.getByRole('status').textContent())
      .toBe('1 dead letter put back into the queue.')
    expect(await page.getByRole('main').textContent()).not.toContain('req_second.0')
    await expect
      .poll(async () => (await postern.events('shop')).map(({ recipient }) => recipient), { timeout: 20_000 })
      .toContain('second@letters.example')
  })

  it('suppresses an address and lifts it', async () => {
    await open()
    await logIn()
    await page.goto('/suppressions')
    await page.getByRole('link', { name: 'Suppress an address' }).click()
    await page.getByLabel('Address', { exact: true }).fill('nobody')
    await page.getByRole('button', { name: 'Suppress' }).click()
    await expect.poll(() => page.locator('.field-problem').textContent()).toContain('Must be an address')
    expect(await page.getByRole('alert').textContent()).toContain('Address')
    complaints = complaints.filter((text) => !text.includes('422'))
    await page.getByLabel('Address', { exact: true }).fill('nobody@example.com')
    await page.getByRole('button', { name: 'Suppress' }).click()
    await page.getByRole('heading', { name: 'nobody@example.com' }).waitFor()
    expect(await isSuppressed('nobody@example.com')).toBe(true)
    await page.goto('/suppressions')
    await page.getByRole('link', { name: 'Lift for nobody@example.com' }).click()
    await page.getByRole('button', { name: 'Lift' }).click()
    await expect
      .poll(() => page.getByRole('status').textContent(), { timeout: 30_000 })
      .toContain('The address is no longer suppressed.')
    expect(await isSuppressed('nobody@example.com')).toBe(false)
    await page.getByRole('button', { name: 'Undo: suppress it again' }).click()
    await page.getByText('must not be written to').waitFor()
    expect(await isSuppressed('nobody@example.com')).toBe(true)
  })

  it('sees quarantined items as text', async () => {
    await open()
    await logIn()
    // Beside the list, and a question above it.
    await page.goto('/activity?show=quarantined')
    await page.locator('main .row-link').first().click()
    await page.getByRole('dialog').getByRole('link', { name: 'Throw away' }).click()
    const question = page.getByRole('dialog').getByRole('button', { name: 'Throw away' })
    await question.waitFor()
    await page.waitForTimeout(100)
    expect(await question.isVisible()).toBe(true)
    await openFirst('quarantined')
    const body = page.getByRole('region', { name: 'What was sent' })
    expect(await body.textContent()).toBe(
      '{"event_type": "email.teleported",\n\t"data": "aU+202Eb <script>alert(1)</script>"}',
    )
    await page.getByRole('button', { name: 'Read again' }).click()
    await page.getByRole('heading', { name: 'Still not understood' }).waitFor()
    // The browser itself logs that the answer was 409.
    complaints = complaints.filter((text) => !text.includes('409'))
    await page.getByRole('link', { name: 'Back' }).click()
    await page.getByRole('region', { name: 'What was sent' }).waitFor()
  })

  it('follows a link from an opened delivery to the same list, narrowed, and closes a question by Cancel', async () => {
    await open()
    await logIn()
    await page.goto('/activity?show=quarantined&rows=25')
    await page.getByRole('link', { name: 'Throw away' }).first().click()
    await page.getByRole('dialog').getByRole('link', { name: 'Cancel' }).click()
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
    expect(new URL(page.url()).search).toBe('?show=quarantined&rows=25')
    await page.goto('/activity?show=accepted')
    await page.locator('main .row-link').first().click()
    await page.getByRole('dialog').locator('#message a[href^="/activity?"]').click()
    await page.waitForURL(/[?&]message=/)
  })
})

describe('an operator of a destination', () => {
  const openPage = async () => {
    await open()
    await logIn()
    await page.goto('/destinations')
    await page.getByRole('link', { name: 'app', exact: true }).click()
    await page.getByRole('heading', { name: 'app', exact: true }).waitFor()
  }
  const noticed = (role: 'status' | 'alert') =>
    expect.poll(() => page.locator(`.notice[role="${role}"]`).textContent(), { timeout: 30_000 })

  it('sees what fails, tests the endpoint, and pauses and resumes it', async () => {
    await openPage()
    expect(await region('Last answers').textContent()).toContain('answered 500')
    const test = async () => {
      await page.getByRole('link', { name: 'Send a test event' }).click()
      await page.getByLabel('Type').selectOption('email.opened')
      await page.getByRole('button', { name: 'Send a test event' }).click()
    }
    await test()
    await noticed('alert').toContain('did not accept the test event')
    application.options = {}
    await test()
    await noticed('status').toBe('The endpoint accepted the test event.')
    expect(await region('Last answers').textContent()).toContain('seen')
    await page.getByRole('link', { name: 'Pause' }).click()
    await page.getByRole('button', { name: 'Pause it' }).click()
    await noticed('status').toContain('Paused.')
    await page.getByRole('button', { name: 'Resume' }).click()
    await noticed('status').toContain('Resumed.')
    expect(await page.getByRole('link', { name: 'Pause' }).count()).toBe(1)
  })

  it('sends a waiting delivery now, and skips another after a question', async () => {
    application.options = { luck: () => 0.5, fails: 1 }
    await deliver('skipped@example.com')
    await until(async () => (await waitingAt('app')) > 0)
    await openPage()
    await page.getByRole('link', { name: /^Waiting/ }).click()
    await region('Queue').getByRole('link', { name: 'Skip' }).first().click()
    await page.getByLabel('Why').fill('nobody can read it')
    await page.getByRole('button', { name: 'Skip it' }).click()
    await noticed('status').toContain('It is given up.')
    await region('Queue').getByRole('link', { name: /^All/ }).click()
    await deliver('retried@example.com')
    await until(async () => (await waitingAt('app')) > 0)
    await page.reload()
    const again = page.getByRole('button', { name: 'Try all again now' })
    await again.waitFor()
    application.options = {}
    await again.click()
    await noticed('status').toMatch(/tried again now/)
    await until(async () => (await waitingAt('app')) === 0)
    expect(await waitingAt('app')).toBe(0)
  })

  it('adds one, having tried its filter, and removes it', async () => {
    await openPage()
    await page.goto('/destinations')
    await page.getByRole('link', { name: 'Add a destination' }).click()
    await page.getByLabel('Name', { exact: true }).first().fill('second')
    await page.getByLabel('URL').fill('https://second.example.com/email-events')
    await page.getByLabel('bounced').check()
    await page.getByLabel('Field').first().fill('bounce_type')
    await page.getByLabel('Value', { exact: true }).first().fill('hard')
    await page.getByRole('button', { name: 'Try the filter' }).click()
    expect(await page.getByRole('region', { name: 'Preview of the filter' }).textContent()).toContain(
      'are left out',
    )
    await page.getByRole('button', { name: 'Add the destination' }).click()
    await page.getByRole('link', { name: /I have the link/ }).click()
    await page.getByRole('main').getByRole('link', { name: 'Settings' }).click()
    await page.getByRole('link', { name: 'Remove this destination' }).click()
    await page.getByLabel('Type second').fill('second')
    await page.getByRole('button', { name: 'Remove second' }).click()
    await noticed('status').toContain('Removed.')
  })

  it('replays events after it has seen how many', async () => {
    await openPage()
    const before = application.requests
    await page.getByRole('link', { name: 'Send again', exact: true }).click()
    await page.getByRole('link', { name: '1 h', exact: true }).click()
    await page.getByRole('button', { name: /^Send \d+ events? again$/ }).click()
    await noticed('status').toMatch(/^Sending again has begun, with \d+ events? of that time\.$/)
    await until(async () => application.requests > before)
    expect(application.requests).toBeGreaterThan(before)
    application.options = { luck: () => 0.5, fails: 1 }
    await deliver('last@example.com')
    await until(async () => (await waitingAt('app')) > 0)
  })
})

describe('every page', () => {
  const everyPage = async () => {
    const linked = await linkedPages(context.request)
    expect(linked.length).toBeGreaterThan(70)
    return [...linked.map((path) => [path, () => page.goto(path)] as const), ...AFTER_FORMS]
  }

  it('can be used with the keyboard alone, fits each width and has nothing that axe finds, in both themes', async () => {
    await open()
    await loadAxe(page)
    await page.reload()
    await page.keyboard.press('Tab')
    expect(await focused(page)).toMatchObject({ text: 'Skip to content', visible: true })
    await expectWell(page, 'the log-in')
    await tabTo(page, 'token')
    await page.keyboard.type(postern.secrets.ADMIN_TOKEN)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Home' }).waitFor()
    for (const [name, go] of await everyPage()) {
      await Promise.all([page.setViewportSize(WIDE), page.emulateMedia({ colorScheme: 'light' })])
      await go()
      await expectReachableByKeyboard(page, name)
      await expectWell(page, name)
    }
  }, 600_000)
})
