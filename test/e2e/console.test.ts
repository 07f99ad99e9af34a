/** The console as an operator sees it, in a real browser. */
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { assessmentRoutes } from '../../src/api/assessments.ts'
import { jsonOf } from '../../src/simulator/http.ts'
import { type Contents, sealContents } from '../../src/event/envelope.ts'
import { toBase64, utf8 } from '../../src/platform/bytes.ts'
import { readMasterKeys } from '../../src/platform/master-key.ts'
import { sealer } from '../../src/platform/seal.ts'
import { storeDeadLetter } from '../../src/store/dead-letters.ts'
import { type Store, openStore } from '../../src/store/store.ts'
import { contentsOf, deliveryFacts, mailEvent } from '../support/mail-events.ts'
import { putIntoQuarantine } from '../support/quarantine.ts'
import { thorough } from '../support/thorough.ts'
import { launchBrowser } from '../../scripts/local/browser.ts'
import { expectNoViolations, expectReachableByKeyboard, focused, overflow, tabTo } from './page-checks.ts'
import { Receiver } from './receiver.ts'
import {
  type Postern,
  type TestSource,
  WITH_DESTINATIONS,
  simulated,
  nowSeconds,
  startPostern,
  until,
} from './postern.ts'

const WIDE = { width: 1280, height: 800 }
const NARROW = { width: 360, height: 740 }

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
    startPostern(WITH_DESTINATIONS),
    launchBrowser(),
    application.start(),
  ])
  const { STORE } = await postern.runtime.bindings<{ STORE: D1Database }>('console')
  store = openStore(STORE, readMasterKeys(postern.secrets.MASTER_KEY))
  shop = await postern.source('generic', 'shop')
  await forge()
  await letter('first')
  await quarantine()
  await postern.console.post('/api/suppressions', { address: 'grace@example.com', note: 'asked by phone' })
  await postern.console.post('/api/assessments', assessmentRoutes.recordAssessment.example)
  await failingDestination()
  await deliver('ada@example.com')
  await until(async () => (await waitingAt('app')) > 0)
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
  const answer = await shop.deliver(await shop.account.deliver([simulated({ recipient })], nowSeconds()))
  expect(answer.status).toBe(200)
  await until(async () => (await postern.events('shop')).length > before)
}

async function forge(): Promise<void> {
  const genuine = await shop.account.deliver([simulated()], nowSeconds())
  const answer = await shop.deliver({ ...genuine, body: utf8('{"forged": true}') })
  expect(answer.status).toBe(401)
  // The gateway reports refusals once a second.
  await until(async () => {
    const told = jsonOf(await postern.console.get('/api/refusals')) as { refusals: readonly unknown[] }
    return told.refusals.length > 0
  })
}

/** A message that the consumer gave up on. Its event is stored after a redrive. */
async function letter(name: string): Promise<Contents> {
  const event = await mailEvent({
    type: 'email.delivered',
    atMs: Date.now(),
    recipient: `${name}@letters.example`,
    message_id: name,
  })
  const contents = contentsOf([event])
  const key = `req_${name}/0`
  const sealed = await sealContents(
    contents,
    sealer(readMasterKeys(postern.secrets.MASTER_KEY), 'queue'),
    key,
  )
  const envelope = { version: 1, source: 'shop', key, kind: 'inline', sealed } as const
  await storeDeadLetter(
    store,
    { messageId: name, envelope, reason: 'store_failed', fault: 'RangeError', attempts: 12 },
    Date.now(),
  )
  return contents
}

async function quarantine(): Promise<void> {
  const body = toBase64(
    utf8('{"event_type": "email.teleported",\n\t"data": "a\u202Eb <script>alert(1)</script>"}'),
  )
  const item = {
    problem: 'item_unreadable',
    content_type: 'application/json',
    query: '',
    headers: {},
    body,
    item: true,
  }
  await putIntoQuarantine(store, item, deliveryFacts())
}

/** A fresh browser on the log-in page. */
async function open(
  options: { viewport?: typeof WIDE; colorScheme?: 'light' | 'dark'; timezoneId?: string } = {},
): Promise<void> {
  const { origin } = postern.runtime.url('console')
  context = await browser.newContext({ viewport: WIDE, baseURL: origin, ...options })
  page = await context.newPage()
  complaints = []
  page.on('console', (message) => complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(error.message))
  await page.goto('/')
}

async function logIn(): Promise<void> {
  await page.getByLabel('Token').fill(postern.secrets.ADMIN_TOKEN)
  await page.getByRole('button', { name: 'Log in' }).click()
  await page.getByRole('heading', { name: 'Overview' }).waitFor()
}

const region = (name: string) => page.getByRole('region', { name })

/** Every page that an operator can reach. */
const PAGES: readonly (readonly [name: string, go: () => Promise<unknown>])[] = [
  ['the overview', () => page.goto('/')],
  ['deliverability', () => page.goto('/deliverability?by=source')],
  ['the events', () => page.goto('/events')],
  [
    'an event',
    async () => {
      await page.goto('/events')
      await page.locator('main .row-link').first().click()
      await page.getByRole('heading', { name: 'All fields' }).waitFor()
    },
  ],
  [
    'an accepted delivery',
    async () => {
      await page.goto('/events')
      await page.locator('main .row-link').first().click()
      await page.locator('main a[href^="/requests/"]').click()
      await page.getByRole('heading', { name: 'Its events' }).waitFor()
    },
  ],
  ['the events, narrowed', () => page.goto('/events?type=email.delivered&source=shop')],
  ['no events that match', () => page.goto('/events?message=none')],
  ['the sources', () => page.goto('/sources')],
  ['the choice of an ESP', () => page.goto('/sources/new')],
  ['the form of a new source', () => page.goto('/sources/new/sendgrid')],
  ['a source', () => page.goto('/sources/shop')],
  ['the set-up of a source', () => page.goto('/sources/shop/setup')],
  ['the settings of a source', () => page.goto('/sources/shop/settings')],
  ['the secrets of a source', () => page.goto('/sources/shop/secrets')],
  ['the destinations', () => page.goto('/destinations')],
  ['the refusals', () => page.goto('/refusals')],
  [
    'a refusal',
    async () => {
      await page.goto('/refusals')
      await page.locator('a[href^="/requests/"]').first().click()
      await page.getByRole('heading', { name: 'The delivery' }).waitFor()
    },
  ],
  ['the capture of a source', () => page.goto('/sources/shop/capture')],
  ['the suppressions', () => page.goto('/suppressions')],
  [
    'a person who is suppressed',
    async () => {
      await page.goto('/suppressions')
      await page.getByRole('link', { name: 'grace@example.com' }).click()
      await page.getByText('No: it is suppressed.').waitFor()
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
    'the preview of an import',
    async () => {
      await page.goto('/suppressions/import')
      await page.getByLabel('CSV').fill('joan@example.com,asked')
      await page.getByRole('button', { name: 'Show what it would do' }).click()
      await page.getByText('Nothing is changed yet.').waitFor()
    },
  ],
  ['the erasures', () => page.goto('/erasures')],
  [
    'the plan of an erasure',
    async () => {
      await page.goto('/suppressions')
      await page.getByRole('link', { name: 'grace@example.com' }).click()
      await page.getByRole('link', { name: 'Erase' }).click()
      await page.getByText('This cannot be undone').waitFor()
    },
  ],
  ['the dead letters', () => page.goto('/dead-letters')],
  ['the dead letters after a form', () => page.goto('/dead-letters?notice=redrive_failed&count=2')],
  ['the plan of a redrive of all', () => page.goto('/dead-letters/redrive-all')],
  ['the settings', () => page.goto('/settings')],
  ['the form that applies a configuration', () => page.goto('/settings/configuration')],
  ['the search', () => page.goto('/search')],
  [
    'a quarantined delivery',
    async () => {
      await page.goto('/quarantine')
      await page.getByRole('link', { name: 'Look' }).click()
      await page.getByRole('heading', { name: 'In quarantine' }).waitFor()
    },
  ],
  [
    'the form to suppress an address',
    async () => {
      await page.goto('/suppressions')
      await page.getByRole('link', { name: 'Suppress an address' }).click()
      await page.getByLabel('Address').waitFor()
    },
  ],
  ['a destination', () => page.goto('/destinations/app')],
  ['a destination after a form', () => page.goto('/destinations/app?notice=test_failed')],
  ['what waits for a destination', () => page.goto('/destinations/app/waiting')],
  ['dead letters of a destination', () => page.goto('/destinations/app/dead-letters')],
  ['the settings of a destination', () => page.goto('/destinations/app/settings')],
  ['the secrets of a destination', () => page.goto('/destinations/app/secrets')],
  ['what the filter of a destination leaves out', () => page.goto('/destinations/app/filter')],
  ['the form of a destination', () => page.goto('/destinations/app/settings/edit')],
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
  ['the form to test a destination', () => page.goto('/destinations/app/test')],
  ['the form to remove a destination', () => page.goto('/destinations/app/settings/remove')],
  ['the form to replay events', () => page.goto('/destinations/app/replay')],
  [
    'the plan of a replay',
    async () => {
      await page.goto('/destinations/app/replay')
      await page.getByRole('link', { name: '1 h', exact: true }).click()
      await page.getByText(/w(?:as|ere) stored from/).waitFor()
    },
  ],
  ['the plan of a redrive', () => page.goto('/destinations/app/redrive')],
  [
    'the page that skips a delivery',
    async () => {
      await page.goto('/destinations/app/waiting')
      await region('Waiting').getByRole('link', { name: 'Skip' }).first().click()
      await page.getByText('becomes a dead letter').waitFor()
    },
  ],
  ['the form to rotate a secret', () => page.goto('/destinations/app/secrets/signing_secret/rotate')],
  ['the page about access', () => page.goto('/access')],
  ['the form to make a token', () => page.goto('/access/tokens/new')],
  ['the audit log', () => page.goto('/audit?action=secret')],
  ['a line of the audit log', () => page.goto('/audit/1')],
  [
    'the audit log, verified',
    async () => {
      await page.goto('/access')
      await page.getByRole('link', { name: 'Audit', exact: true }).click()
      await page.getByRole('button', { name: 'Verify the whole log' }).click()
      await page.getByText('The log is whole').waitFor()
    },
  ],
  [
    'the backups',
    async () => {
      await page.goto('/backups')
      await page.getByRole('button', { name: 'Back up now' }).click()
      await page.getByText('The backup is made').waitFor()
    },
  ],
  ['the drills', () => page.goto('/drills')],
  ['the assessments', () => page.goto('/assessments')],
  [
    'an assessment',
    async () => {
      await page.goto('/assessments')
      await page.getByRole('table', { name: 'Reports' }).getByRole('link').first().click()
      await page.getByText('It is the first report on this gateway.').waitFor()
    },
  ],
  ['the archive', () => page.goto('/archive')],
  ['the files of the archive', () => page.goto('/archive/files')],
  ['retention', () => page.goto('/retention')],
  ['the form of retention', () => page.goto('/retention/edit')],
  [
    'the plan of retention',
    async () => {
      await page.goto('/retention/edit')
      await page.getByLabel('Refusals').fill('3')
      await page.getByRole('button', { name: 'Plan' }).click()
      await page.getByText('This keeps less than before.').waitFor()
    },
  ],
  ['the API', () => page.goto('/docs')],
]

/** A page that axe reads for as long as all others together. */
const UNFOLDED = 'the API, unfolded'

/** With all details elements open: too much to tab through. */
const WHOLE_PAGES: typeof PAGES = [
  ...PAGES,
  [
    UNFOLDED,
    async () => {
      await page.goto('/docs')
      await page.evaluate(`for (const one of document.querySelectorAll('details')) one.open = true`)
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
    expect(await go('Events')).toContain('ada@example.com')
    await page.getByRole('link', { name: 'Repair' }).click()
    await page.getByRole('heading', { name: 'Refusals' }).waitFor()
    expect(await page.getByRole('main').textContent()).toContain(
      'The signature fits none of the source’s keys',
    )
    expect(await go('Quarantine')).toContain('The item is not of the provider’s form.')
    expect(await go('Dead letters')).toContain('The store kept failing.')
    expect(await go('Suppressions')).toContain('grace@example.com')
    expect(await go('Destinations')).toMatch(/wait behind it|The latest attempts failed/)
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

  it('sees times in the zone of the machine, and the instant in the tooltip', async () => {
    await open({ timezoneId: 'Asia/Kathmandu' })
    await logIn()
    await page.goto('/events')
    const time = page.locator('main time').first()
    const at = new Date((await time.getAttribute('datetime')) ?? '')
    const clock = at.toLocaleTimeString('sv-SE', { timeZone: 'Asia/Kathmandu' })
    expect(await time.locator('.clock').textContent()).toContain(clock)
    expect(await time.getAttribute('title')).toBe(at.toISOString())
  })

  it('redrives a dead letter, and then sees its event', async () => {
    await letter('second')
    await open()
    await logIn()
    await page.goto('/dead-letters')
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
    await page.getByLabel('Address').fill('nobody')
    await page.getByRole('button', { name: 'Suppress' }).click()
    await expect.poll(() => page.getByRole('alert').textContent()).toContain('Must be an address')
    complaints = complaints.filter((text) => !text.includes('422'))
    await page.getByLabel('Address').fill('nobody@example.com')
    await page.getByRole('button', { name: 'Suppress' }).click()
    await page.getByRole('heading', { name: 'nobody@example.com' }).waitFor()
    expect(await isSuppressed('nobody@example.com')).toBe(true)
    await page.goto('/suppressions')
    await page.getByRole('button', { name: 'Lift the suppression of nobody@example.com' }).click()
    await expect
      .poll(() => page.getByRole('status').textContent())
      .toContain('The address is no longer suppressed.')
    expect(await isSuppressed('nobody@example.com')).toBe(false)
    await page.getByRole('button', { name: 'Undo: suppress it again' }).click()
    await page.getByText('No: it is suppressed.').waitFor()
    expect(await isSuppressed('nobody@example.com')).toBe(true)
  })

  it('sees quarantined items as text', async () => {
    await open()
    await logIn()
    await page.goto('/quarantine')
    await page.getByRole('link', { name: 'Look' }).click()
    const body = page.getByRole('region', { name: 'What was sent' })
    expect(await body.textContent()).toBe(
      '{"event_type": "email.teleported",\n\t"data": "aU+202Eb <script>alert(1)</script>"}',
    )
    await page.getByRole('button', { name: 'Read again' }).click()
    await expect.poll(() => page.getByRole('alert').textContent()).toContain('It stayed in quarantine.')
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
  const noticed = (role: 'status' | 'alert') => expect.poll(() => page.getByRole(role).textContent())

  it('sees what fails, tests the endpoint, and pauses and resumes it', async () => {
    await openPage()
    expect(await region('Attempts').textContent()).toContain('status 500')
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
    expect(await region('Attempts').textContent()).toContain('seen')
    await page.getByRole('button', { name: 'Pause' }).click()
    await noticed('status').toContain('Paused.')
    await page.getByRole('button', { name: 'Undo' }).click()
    await noticed('status').toContain('Resumed.')
    expect(await page.getByRole('button', { name: 'Pause' }).count()).toBe(1)
  })

  it('sends a waiting delivery now, and skips another after a question', async () => {
    application.options = { luck: () => 0.5, fails: 1 }
    await deliver('skipped@example.com')
    await until(async () => (await waitingAt('app')) > 0)
    await openPage()
    await page.getByRole('link', { name: 'Waiting' }).click()
    await region('Waiting').getByRole('link', { name: 'Skip' }).first().click()
    await page.getByLabel('Why').fill('nobody can read it')
    await page.getByRole('button', { name: 'Skip' }).click()
    await noticed('status').toContain('It is a dead letter.')
    await deliver('retried@example.com')
    await until(async () => (await waitingAt('app')) > 0)
    application.options = {}
    await page.reload()
    await page.getByRole('button', { name: 'Try all again now' }).click()
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
    await page.getByRole('link', { name: 'Settings', exact: true }).first().click()
    await page.getByRole('link', { name: 'Remove' }).click()
    await page.getByLabel('Its name').fill('second')
    await page.getByRole('button', { name: 'Remove second' }).click()
    await noticed('status').toContain('Removed.')
  })

  it('replays events after it has seen how many', async () => {
    await openPage()
    const before = application.requests
    await page.getByRole('link', { name: 'Replay events' }).click()
    await page.getByRole('link', { name: '1 h', exact: true }).click()
    await page.getByRole('button', { name: /^Send \d+ events? again$/ }).click()
    await noticed('status').toMatch(/^The replay of \d+ events? runs\.$/)
    await until(async () => application.requests > before)
    expect(application.requests).toBeGreaterThan(before)
    application.options = { luck: () => 0.5, fails: 1 }
    await deliver('last@example.com')
    await until(async () => (await waitingAt('app')) > 0)
  })
})

/** The first two have each color scheme and each size once. */
const LOOKS = (
  [
    ['light', 'wide', WIDE],
    ['dark', 'at 360 pixels', NARROW],
    ['light', 'at 360 pixels', NARROW],
    ['dark', 'wide', WIDE],
  ] as const
).slice(0, thorough(4, 2))

async function expectWell(name: string, isForAxe = true): Promise<void> {
  expect({ name, overflow: await overflow(page) }).toEqual({ name, overflow: 0 })
  if (isForAxe) await expectNoViolations(page, name)
}

describe('every page', () => {
  it('can be used with the keyboard alone', async () => {
    await open()
    await page.keyboard.press('Tab')
    expect(await focused(page)).toMatchObject({ text: 'Skip to content', visible: true })
    await tabTo(page, 'token')
    await page.keyboard.type(postern.secrets.ADMIN_TOKEN)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Overview' }).waitFor()
    for (const [name, go] of PAGES) {
      await go()
      await expectReachableByKeyboard(page, name)
    }
  })

  it.each(LOOKS)(
    'fits the screen and has nothing that axe finds, %s and %s',
    async (colorScheme, _size, viewport) => {
      await open({ colorScheme, viewport })
      await expectWell('the log-in')
      await logIn()
      for (const [name, go] of WHOLE_PAGES) {
        await go()
        // In the dark it has the colors of the pages before.
        await expectWell(name, name !== UNFOLDED || colorScheme === 'light' || thorough(1, 0) === 1)
      }
    },
  )
})
