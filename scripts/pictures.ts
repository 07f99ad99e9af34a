/** `npm run pictures`: the fifteen pages of the console (docs/pictures/), from demo data under a fixed clock: light, dark, and on a phone. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import { MINUTE_MS } from '../src/platform/time.ts'
import { ATTACKER, sentFrom } from '../src/simulator/client-address.ts'
import { type Console, consoleAt } from '../src/simulator/console.ts'
import { DEMO_DESTINATION, putDemoDestination } from '../src/simulator/demo/destination.ts'
import { type SeededWatchers, seedPast } from '../src/simulator/demo/past/seed.ts'
import { putDemoSources } from '../src/simulator/demo/sources.ts'
import { post } from '../src/simulator/post.ts'
import { newRandom } from '../src/simulator/random.ts'
import type { Stage } from '../src/simulator/stage.ts'
import { genuineDelivery, nextStage } from '../src/simulator/turns.ts'
import { STILL, launchBrowser } from './local/browser.ts'
import { MovedClock } from './local/moved-clock.ts'
import { seedFigures } from './local/seed-figures.ts'
import { type LocalRuntime, startRuntime } from './local/runtime.ts'
import { outboundFor } from './local/served-urls.ts'
import { ROOT } from './workers.ts'

const FOLDER = join(ROOT, 'docs/pictures')

/** A Tuesday morning. The pictures are of this time, whenever they are made. */
const BEGINS_MS = Date.parse('2026-11-24T08:40:00Z')

const MINUTES = 60
const DELIVERIES_A_MINUTE = 12
/** The minute in which somebody guesses a key, and how often. */
const ATTACK_MINUTE = 45
const FORGERIES = 25

/** Share of the requests that the application fails. */
const FAIL_SHARE = 0.04

/** Any number: the mail is the same each time. */
const SEED = 24

const WIDE = { width: 1_440, height: 900 }
const SHOTS = [
  { suffix: 'light', colorScheme: 'light', viewport: WIDE },
  { suffix: 'dark', colorScheme: 'dark', viewport: WIDE },
  { suffix: 'phone', colorScheme: 'light', viewport: { width: 390, height: 844 } },
] as const

/** The newest bounce. */
async function delivery(page: Page): Promise<void> {
  await page.goto('/activity?show=accepted&types=email.bounced')
  await page.goto(
    (await page.locator('main tbody a').first().getAttribute('href', { timeout: 5_000 })) ?? '/',
  )
}

async function person(page: Page): Promise<void> {
  await delivery(page)
  await page.getByRole('link', { name: 'All of this person' }).click()
  await page.getByText('written to').first().waitFor()
}

const PICTURES: Readonly<Record<string, (page: Page) => Promise<unknown>>> = {
  home: (page) => page.goto('/'),
  incidents: (page) => page.goto('/incidents'),
  incident: async (page) => {
    await page.goto('/incidents')
    await page.locator('main tbody a[href^="/incidents/"]').first().click()
    await page.getByRole('region', { name: 'Recommended' }).waitFor()
  },
  activity: (page) => page.goto('/activity'),
  delivery,
  sources: (page) => page.goto('/sources'),
  source: (page) => page.goto('/sources/demo-sendgrid'),
  'add-a-source': (page) => page.goto('/sources/new'),
  destinations: (page) => page.goto('/destinations'),
  destination: (page) => page.goto(`/destinations/${DEMO_DESTINATION}`),
  suppressions: (page) => page.goto('/suppressions'),
  person,
  deliverability: (page) => page.goto('/deliverability'),
  access: (page) => page.goto('/access'),
  system: (page) => page.goto('/system'),
}

const noteFolder = await mkdtemp(join(tmpdir(), 'postern-pictures-'))
const clock = new MovedClock(BEGINS_MS)
const certificates = new Map<string, string>()
const secrets = {
  MASTER_KEY: `v1:${randomBytes(32).toString('base64')}`,
  ADMIN_TOKEN: randomBytes(24).toString('base64url'),
}
const secret = `whsec_${randomBytes(32).toString('base64')}`
const random = newRandom(SEED)
/** The application of the demo. It verifies nothing: its clock is not that of the pictures. */
const application = createServer((request, response) => {
  request.resume()
  response.writeHead(random.next() < FAIL_SHARE ? 503 : 204).end()
})
await once(application.listen(0, '127.0.0.1'), 'listening')
const runtime = await startRuntime({
  ports: { gateway: 0, console: 0 },
  onLog: () => undefined,
  outbound: outboundFor(certificates),
  queueWaitSeconds: 0.1,
  modules: (name, entry) => clock.modules(name, entry),
  entries: { consumer: join(ROOT, 'scripts/local/entries/consumer.ts') },
  bindings: { ...secrets, GATEWAY_URL: 'https://hooks.example.com', PRIVATE_DESTINATIONS: 'allowed' },
})
try {
  await clock.attach(runtime)
  const console = consoleAt(runtime.url('console'), secrets.ADMIN_TOKEN)
  await playMorning(console, await stagesAt(console))
  await takePictures(runtime)
} finally {
  await runtime.close()
  application.close()
  application.closeAllConnections()
  await rm(noteFolder, { recursive: true })
}

async function stagesAt(console: Console): Promise<readonly Stage[]> {
  const notesPath = (name: string) => join(noteFolder, name)
  const { port } = application.address() as AddressInfo
  const endpointUrl = `http://127.0.0.1:${port}/`
  await putDemoDestination({ console, endpointUrl, secret, notesPath: notesPath('destinations.json') })
  const gatewayUrl = runtime.url('gateway').origin
  const { stages } = await putDemoSources({ console, gatewayUrl, notesPath: notesPath('sources.json') })
  for (const { account, forger } of stages)
    for (const { serves = {} } of [account, forger])
      for (const [url, text] of Object.entries(serves)) certificates.set(url, text)
  const { SOURCE_WATCHERS, STORE } = await runtime.bindings<{
    SOURCE_WATCHERS: SeededWatchers
    STORE: D1Database
  }>('consumer')
  const seedWatchers = await seedPast({
    console,
    watchers: SOURCE_WATCHERS,
    putFigures: seedFigures(STORE),
    stages,
    perSecond: DELIVERIES_A_MINUTE / 60,
    attackEverySeconds: Number.MAX_SAFE_INTEGER,
    notesPath: notesPath('past.json'),
    nowMs: clock.nowMs(),
  })
  await seedWatchers()
  return stages
}

/** An hour of mail, with somebody who guesses a key. */
async function playMorning(console: Console, stages: readonly Stage[]): Promise<void> {
  const [attacked] = stages
  for (let minute = 0; minute < MINUTES; minute++) {
    for (let i = 0; i < DELIVERIES_A_MINUTE; i++) {
      const stage = nextStage(stages, clock.nowSeconds(), random.next)
      const made = await genuineDelivery(stage, clock.nowSeconds(), random.next)
      if (made !== undefined) await post(stage.target, sentFrom(stage.address, made.request), { wait: sleep })
    }
    if (minute === ATTACK_MINUTE && attacked !== undefined) await guessKey(attacked)
    await clock.forward(MINUTE_MS)
  }
  await console.post('/api/suppressions', { address: 'grace@example.com', note: 'asked by phone' })
}

async function guessKey(stage: Stage): Promise<void> {
  for (let i = 0; i < FORGERIES; i++) {
    const forged = await stage.forger.deliver(
      [stage.inventedEvent(clock.nowSeconds(), random.next)],
      clock.nowSeconds(),
    )
    await post(stage.target, sentFrom(ATTACKER, forged), { wait: sleep })
  }
}

async function takePictures({ url }: LocalRuntime): Promise<void> {
  await mkdir(FOLDER, { recursive: true })
  const browser = await launchBrowser()
  try {
    for (const { suffix, colorScheme, viewport } of SHOTS) {
      const context = await browser.newContext({
        viewport,
        baseURL: url('console').origin,
        colorScheme,
        timezoneId: 'UTC',
        ...STILL,
      })
      const page = await context.newPage()
      await page.clock.setFixedTime(clock.nowMs())
      await page.goto('/login')
      await page.getByLabel('Token').fill(secrets.ADMIN_TOKEN)
      await page.getByRole('button', { name: 'Log in' }).click()
      await page.getByRole('heading', { level: 1, name: 'Home' }).waitFor()
      for (const [name, go] of Object.entries(PICTURES)) {
        await go(page)
        await page.screenshot({ path: join(FOLDER, `${name}-${suffix}.png`) })
      }
      await context.close()
    }
  } finally {
    await browser.close()
  }
}
