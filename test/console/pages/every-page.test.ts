/** Requests every page of the table with every role, without a session, and from elsewhere. */
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ROLES } from '../../../src/api/route.ts'
import { WEB_PAGES } from '../../../src/cli/web.ts'
import { PAGES } from '../../../src/console/pages/index.tsx'
import type { Role } from '../../../src/registry/operators/operator.ts'
import { ensureSources } from '../credentials.ts'
import { migrate, newConsole } from '../support.ts'
import { type Visitor, logIn, visitor } from './visitor.ts'

type Someone = Awaited<ReturnType<typeof logIn>>
type Method = 'get' | 'post'

const pathFor = (path: string, source: string): string =>
  path.replace(':name', source).replaceAll(/:\w+/g, '1')

const send = (
  { someone, form_token }: Pick<Someone, 'someone' | 'form_token'>,
  method: Method,
  path: string,
) => (method === 'get' ? someone.get(path) : someone.post(path, { form_token }))

const here = newConsole()
const known = new Map<string, Someone>()
async function as(role: Role, sources?: readonly string[], whose = 'own'): Promise<Someone> {
  const name = `${whose} ${role} ${String(sources)}`
  const someone = known.get(name) ?? (await logIn(here, role, sources))
  known.set(name, someone)
  return someone
}
/** After tests of a page that ends sessions, everybody logs in anew. */
const ENDS_SESSIONS = /^\/logout$|\/end(?:-all)?$|\/retire$/

beforeAll(async () => {
  await migrate()
  await ensureSources(here, ['own', 'foreign'])
})

it('leaves pages without data open to everyone', () => {
  expect(PAGES.filter(({ who }) => who === 'anybody').map(({ path }) => path)).toEqual([
    '/style.css',
    '/app.js',
    '/icon.svg',
    '/speculation.json',
    '/inter.woff2',
    '/retrieve',
    '/login',
  ])
})

/** A page that shows more, or a form that does more, to a lower role is a change of this list. */
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  'admin, all sources': [
    '/access/admin-token/retire',
    '/access/audit',
    '/access/audit/:line',
    '/access/audit/verify',
    '/access/sessions/:id/end',
    '/access/sessions/end-all',
    '/access/tokens/:id/revoke',
    '/access/tokens/new',
    '/backups/make',
    '/channels/:channel/edit',
    '/channels/:channel/remove',
    '/channels/new/:kind',
    '/retention/edit',
    '/settings/configuration',
    '/settings/postern.json',
    '/suppressions/addresses/service',
    '/suppressions/policy/edit',
  ],
  operator: [
    '/d/:id/original',
    '/dead-letters/redrive',
    '/dead-letters/redrive-all',
    '/dead-letters/remove',
    '/incidents/:number/acknowledge',
    '/incidents/:number/assign',
    '/incidents/:number/contain',
    '/incidents/:number/lift',
    '/incidents/:number/notes',
    '/incidents/:number/resolve',
    '/incidents/:number/review',
    '/quarantine/remove',
    '/quarantine/replay',
    '/quarantine/replay-all',
    '/sources/:name/backfill',
    '/sources/:name/backfill/resume',
    '/sources/:name/backfill/stop',
    '/sources/:name/capture/begin',
    '/sources/:name/capture/end',
    '/sources/:name/captured/:request_id',
    '/sources/:name/mend',
    '/sources/:name/pause',
    '/sources/:name/remove',
    '/sources/:name/resume',
    '/sources/:name/secrets/:slot/:version/link',
    '/sources/:name/secrets/:slot/:version/revoke',
    '/sources/:name/secrets/:slot/rotate',
    '/sources/:name/settings/edit',
    '/sources/:name/setup/close',
    '/sources/:name/setup/open',
    '/sources/:name/setup/sample',
    '/sources/:name/setup/secret',
  ],
  'operator, all sources': [
    '/archive/files',
    '/channels/:channel/pause',
    '/channels/:channel/resume',
    '/channels/:channel/test',
    '/destinations/:destination/filter',
    '/destinations/:destination/pause',
    '/destinations/:destination/replay/end',
    '/destinations/:destination/resume',
    '/destinations/:destination/retry',
    '/destinations/:destination/secrets/:slot/:version/link',
    '/destinations/:destination/secrets/:slot/:version/revoke',
    '/destinations/:destination/secrets/:slot/rotate',
    '/destinations/:destination/send-again',
    '/destinations/:destination/settings/remove',
    '/destinations/:destination/skip',
    '/destinations/:destination/test',
    '/destinations/new',
    '/erasures',
    '/erasures/:number',
    '/erasures/:number/certificate.json',
    '/erasures/new',
    '/people/:person',
    '/people/:person/erase',
    '/people/:person/export',
    '/people/:person/lift',
    '/people/:person/places',
    '/people/:person/suppress',
    '/people/:person/suppress-again',
    '/sources/:name/suppression-sync',
    '/sources/new',
    '/sources/new/:provider',
    '/suppressions',
    '/suppressions/addresses',
    '/suppressions/addresses/:id/results.csv',
    '/suppressions/addresses/:id/stop',
    '/suppressions/addresses/lists',
    '/suppressions/check',
    '/suppressions/export.csv',
    '/suppressions/import',
    '/suppressions/new',
    '/suppressions/policy',
    '/suppressions/sync',
  ],
  viewer: [
    '/',
    '/access',
    '/activity',
    '/attack/dismiss',
    '/d/:id',
    '/deliverability',
    '/events/export.csv',
    '/events/export.json',
    '/events/stream',
    '/incidents',
    '/incidents/:number',
    '/logout',
    '/look',
    '/palette.json',
    '/search',
    '/sources',
    '/sources/:name',
    '/sources/:name/capture',
    '/sources/:name/settings',
    '/sources/:name/setup',
    '/sources/:name/setup/arrival',
    '/system',
  ],
  'viewer, all sources': [
    '/archive/check',
    '/channels',
    '/channels/:channel',
    '/destinations',
    '/destinations/:destination',
    '/destinations/:destination/settings',
    '/drills/:drill',
    '/retention/settings',
  ],
}

it('has fifteen pages, and each other address is a tab, a dialog, a part, a file or an old one', () => {
  const pages = PAGES.filter(
    ({ get, kind, who }) => get !== undefined && kind === undefined && who !== 'anybody',
  )
  expect(pages.map(({ path }) => path).sort()).toEqual([
    '/',
    '/access',
    '/activity',
    '/d/:id',
    '/deliverability',
    '/destinations',
    '/destinations/:destination',
    '/incidents',
    '/incidents/:number',
    '/people/:person',
    '/sources',
    '/sources/:name',
    '/sources/new',
    '/suppressions',
    '/system',
  ])
})

it('has the pages that commands open', () => {
  const forms = new Set(PAGES.map(({ path }) => path.replaceAll(/:\w+/g, '{}')))
  const opened = Object.values(WEB_PAGES).map((path) => path.replace(/\?.*/, '').replaceAll(/\{\w+\}/g, '{}'))
  expect(opened.filter((path) => !forms.has(path))).toEqual([])
})

it('asks for the role of what each page shows and does', () => {
  // An old address shows nothing.
  const rows = PAGES.filter(({ who, kind }) => who !== 'anybody' && kind !== 'moved').map(
    ({ path, who, allSources }) => ({
      path,
      needed: allSources === true ? `${who}, all sources` : who,
    }),
  )
  const paths = Map.groupBy(rows, ({ needed }) => needed)
  expect(
    Object.fromEntries([...paths].map(([needed, own]) => [needed, own.map(({ path }) => path).sort()])),
  ).toEqual(NEEDED)
})

describe.each(PAGES.filter(({ who }) => who !== 'anybody'))('$path', (page) => {
  const methods = (['get', 'post'] as const).filter((method) => page[method] !== undefined)
  const isOfSource = page.path.includes(':name')
  const path = pathFor(page.path, 'unknown')
  afterEach(() => {
    if (ENDS_SESSIONS.test(page.path)) known.clear()
  })

  it('without a session leads to the login', async () => {
    const stranger = { someone: visitor(here), form_token: '' }
    for (const method of methods) {
      const response = await send(stranger, method, path)
      const isIncident = method === 'get' && page.path === '/incidents/:number'
      expect([response.status, response.headers.get('location')]).toEqual([
        303,
        isIncident ? '/login?incident=1' : '/login',
      ])
    }
  })

  it.each(ROLES)('as %s', async (role) => {
    const allowed = ROLES.indexOf(role) >= ROLES.indexOf(page.who as Role)
    for (const method of methods) {
      const { status } = await send(await as(role), method, path)
      if (allowed) expect([403, 500]).not.toContain(status)
      else expect(status).toBe(403)
    }
  })

  it('with a token for some sources shows nothing else', async () => {
    const limited = await as('operator', ['own'])
    for (const method of page.who === 'admin' ? [] : methods) {
      const seen = async (source: string) => {
        const response = await send(limited, method, pathFor(page.path, source))
        return { status: response.status, html: (await response.text()).replaceAll(/req_[0-9a-f]+/g, '') }
      }
      if (page.allSources === true) expect(await seen('own')).toMatchObject({ status: 403 })
      if (!isOfSource) continue
      expect(await seen('foreign')).toMatchObject({ status: 404 })
      expect(await seen('foreign')).toEqual(await seen('unknown'))
    }
  })

  it('takes a form only from our own page of this session', async () => {
    if (page.post === undefined) return
    const { someone, form_token } = await as('admin')
    const other = await as('admin', undefined, 'other')
    for (const wrong of [
      {},
      { form_token: '' },
      { form_token: 'A'.repeat(43) },
      { form_token: other.form_token },
    ])
      expect((await someone.post(path, wrong as Record<string, string>)).status).toBe(403)
    for (const origin of ['https://evil.example', 'null', ''])
      expect((await someone.post(path, { form_token }, { origin })).status).toBe(403)
    expect((await someone.get('/')).status).toBe(200)
    // A path below a page of its own is an unknown one of these.
    if (page.get === undefined) expect([404, 405]).toContain((await someone.get(path)).status)
  })

  it('with the names of its parameters is not found', async () => {
    // An old address leads on before anything is looked for.
    if (!page.path.includes(':') || page.kind === 'moved') return
    for (const method of methods) expect((await send(await as('admin'), method, page.path)).status).toBe(404)
  })
})

const ANYWHERE = ['/', '/login', '/suppressions/new', '/nothing', '/style.css', '/icon.svg']

describe.each(ANYWHERE)('%s', (path) => {
  let someone: Visitor
  beforeAll(async () => {
    someone = visitor(here)
    if (path !== '/login') await someone.enter()
  })

  it('is protected by its headers', async () => {
    const { headers } = await someone.get(path)
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-security-policy':
        "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'; trusted-types postern",
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'same-origin',
      'strict-transport-security': 'max-age=63072000',
      'x-request-id': expect.stringMatching(/^req_/),
    })
  })

  it('has no inline script or style, and is not cached unless it is a file', async () => {
    const response = await someone.get(path)
    if (/\.\w+$/.test(path)) return
    expect(response.headers.get('cache-control')).toBe('no-store')
    const html = await response.text()
    expect(html).not.toMatch(/<script(?! src="\/app\.js\?v=\w+" defer)|<style|\sstyle=|\son\w+=|javascript:/i)
    expect(html).toMatch(/^<!doctype html><html lang="en" /)
  })
})

it('fetches pages ahead where somebody is logged in, and leaves out files', async () => {
  const someone = visitor(here)
  expect((await someone.get('/login')).headers.get('speculation-rules')).toBeNull()
  await someone.enter()
  const { headers } = await someone.get('/')
  expect(headers.get('speculation-rules')).toBe('"/speculation.json"')
  const rules = await someone.get('/speculation.json')
  expect(rules.headers.get('content-type')).toBe('application/speculationrules+json')
  expect(await rules.json()).toMatchObject({ prefetch: [{ eagerness: 'moderate' }] })
})

it('keeps the navigation where no page is, for whoever is logged in', async () => {
  const someone = visitor(here)
  expect(await someone.html('/nowhere')).not.toContain('<nav')
  await someone.enter()
  const response = await someone.get('/nowhere')
  const html = await response.text()
  expect([response.status, html]).toEqual([404, expect.stringContaining('aria-label="Main"')])
  expect(html).toContain('There is no page at this address.')
})

it('links to the script, which a browser caches forever and is small', async () => {
  const someone = visitor(here)
  const address = /<script src="([^"]+)"/.exec(await someone.html('/login'))?.[1] ?? ''
  expect(address).toMatch(/^\/app\.js\?v=\w+$/)
  const script = await someone.get(address)
  expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
  expect(script.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
  const zipped = script.body?.pipeThrough(new CompressionStream('gzip'))
  expect((await new Response(zipped).arrayBuffer()).byteLength).toBeLessThan(10_240)
})

it('links to the style sheet, which a browser caches forever', async () => {
  const someone = visitor(here)
  const address = /<link rel="stylesheet" href="([^"]+)"/.exec(await someone.html('/login'))?.[1] ?? ''
  expect(address).toMatch(/^\/style\.css\?v=\w+$/)
  const sheet = await someone.get(address)
  expect(sheet.headers.get('content-type')).toBe('text/css; charset=utf-8')
  expect(sheet.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
  // One rule of each file.
  expect(await sheet.text()).toMatch(
    /--paper:.*^body \{.*^main \{.*^table \{.*^fieldset \{.*^\.steps h2 \{/ms,
  )
})
