/** How soon the pages of the console come, with a million events stored, and how much the browser loads for them. */
import { gzipSync } from 'node:zlib'
import type { Browser, Page } from 'playwright-core'
import { launchBrowser } from '../../scripts/local/browser.ts'
import type { Effort, Finding, Group } from '../group.ts'
import { at, exactly, spreadOf, textOf } from '../spread.ts'
import { type StoringWorld, fill, openStoring } from '../storing.ts'

const EFFORT = {
  full: { held: 1_000_000, fillSeconds: 180, rounds: 20, paints: 5 },
  quick: { held: 500, fillSeconds: 5, rounds: 2, paints: 1 },
} as const

/** Pages that links lead to, at most: one of each form of address. */
const PAGES_MAX = 60

/** Slow 4G as Lighthouse has it. */
const SLOW_4G = { offline: false, latency: 150, downloadThroughput: 204_800, uploadThroughput: 93_750 }

const KB = 1_024

export const pages: Group = { name: 'pages', run }

async function run(effort: Effort): Promise<Finding> {
  const { held: wanted, fillSeconds, rounds, paints } = EFFORT[effort]
  const world = await openStoring()
  try {
    const held = await fill(world, wanted, fillSeconds)
    const origin = world.runtime.url('console').origin
    const cookie = await logIn(world, origin)
    const paths = await reachable(origin, cookie)
    const measured: { readonly path: string; readonly ms: number[] }[] = paths.map((path) => ({
      path,
      ms: [],
    }))
    for (let round = 0; round < rounds; round++)
      for (const { path, ms } of measured) ms.push(await firstByteMs(origin, path, cookie))
    const slowest = measured
      .map(({ path, ms }) => ({
        path,
        p95: at(
          ms.toSorted((a, b) => a - b),
          0.95,
        ),
        ms: spreadOf(ms),
      }))
      .toSorted((a, b) => b.p95 - a.p95)
    const clientKilobytes = await clientSize(origin, cookie)
    const painted = await paintSeconds(origin, cookie, paints)
    return {
      title: 'Pages of the console',
      notes: [
        `${held.toLocaleString('en-US')} events are stored. Each page that links lead to is asked for in turns, once for each form of address; the time ends with the first byte. Largest Contentful Paint is that of the overview in Chrome over slow 4G (150 ms, 1.6 Mbit/s), nothing cached.`,
      ],
      columns: ['page', 'ms to the first byte', '95 of 100'],
      rows: slowest.slice(0, 12).map(({ path, p95, ms }) => [path, textOf(ms, 0), p95.toFixed(0)]),
      readings: [
        { goal: 'firstByteMs', spread: exactly(slowest[0]?.p95 ?? Number.NaN) },
        { goal: 'clientKilobytes', spread: exactly(clientKilobytes) },
        { goal: 'paintSeconds', spread: spreadOf(painted) },
      ],
      data: { held, slowest, clientKilobytes, painted },
    }
  } finally {
    await world.runtime.close()
  }
}

async function logIn(world: StoringWorld, origin: string): Promise<string> {
  const answer = await fetch(`${origin}/login`, {
    method: 'POST',
    redirect: 'manual',
    headers: { origin, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ token: world.adminToken }).toString(),
  })
  const [cookie = ''] = answer.headers.getSetCookie().map((line) => line.split(';')[0])
  if (answer.status !== 303) throw new Error(`the log-in answered ${answer.status}`)
  return cookie
}

/** Addresses that differ by an id alone are of one form. */
const formOf = (path: string): string =>
  (path.split('?')[0] ?? '')
    .split('/')
    .map((part) => (/\d/.test(part) ? ':id' : part))
    .join('/')

async function reachable(origin: string, cookie: string): Promise<readonly string[]> {
  const found = new Map([['/', '/']])
  const shown: string[] = []
  for (const path of found.values()) {
    const answer = await fetch(`${origin}${path}`, { headers: { cookie } })
    const html = await answer.text()
    // The consumer of the benchmark has no watch, which some plans ask.
    if (answer.status !== 200) continue
    // Files that a page offers are written while they are sent.
    if (!answer.headers.get('content-type')?.startsWith('text/html')) continue
    shown.push(path)
    for (const [, link = ''] of html.matchAll(/<a [^>]*href="(\/[^"#]*)/g)) {
      const form = formOf(link)
      if (found.size < PAGES_MAX && !found.has(form)) found.set(form, link.replaceAll('&amp;', '&'))
    }
  }
  return shown
}

async function firstByteMs(origin: string, path: string, cookie: string): Promise<number> {
  const beganMs = performance.now()
  const answer = await fetch(`${origin}${path}`, { headers: { cookie } })
  const tookMs = performance.now() - beganMs
  await answer.arrayBuffer()
  if (answer.status >= 500) throw new Error(`${path} answered ${answer.status}`)
  return tookMs
}

/** Of the script, compressed. */
async function clientSize(origin: string, cookie: string): Promise<number> {
  const html = await (await fetch(origin, { headers: { cookie } })).text()
  const [, script = ''] = /<script src="([^"]+)"/.exec(html) ?? []
  const code = await (await fetch(`${origin}${script}`)).text()
  return gzipSync(code).byteLength / KB
}

async function paintSeconds(origin: string, cookie: string, paints: number): Promise<number[]> {
  const browser = await launchBrowser()
  try {
    const seconds: number[] = []
    for (let i = 0; i < paints; i++) seconds.push(await paint(browser, origin, cookie))
    return seconds
  } finally {
    await browser.close()
  }
}

const LARGEST = `new Promise((resolve) => new PerformanceObserver((list) => resolve(list.getEntries().at(-1).startTime))
  .observe({ type: 'largest-contentful-paint', buffered: true }))`

async function paint(browser: Browser, origin: string, cookie: string): Promise<number> {
  const context = await browser.newContext()
  const [name = '', value = ''] = cookie.split('=')
  await context.addCookies([{ name, value, url: origin }])
  const page: Page = await context.newPage()
  const session = await context.newCDPSession(page)
  await session.send('Network.emulateNetworkConditions', SLOW_4G)
  await page.goto(origin)
  const ms = await page.evaluate<number>(LARGEST)
  await context.close()
  return ms / 1_000
}
