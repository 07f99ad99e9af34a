/** Client mistakes on every route: each gives a problem that the OpenAPI document lists, and never a 5xx. */
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { ROUTES } from '../../../src/console/api/index.ts'
import { BODY_MAX_BYTES } from '../../../src/console/api/input.ts'
import type { BoundRoute } from '../../../src/console/api/route.ts'
import { bodyText, type TestConsole, expectProblemOf, migrate, newConsole } from '../support.ts'

let here: TestConsole

beforeAll(async () => {
  await migrate()
  here = newConsole()
})

interface Sent {
  readonly method?: string
  readonly path?: string
  readonly headers?: Record<string, string>
  readonly body?: string | null
}

/** A complete request to the route with one change. Its parameters name nothing that exists. */
async function send(route: BoundRoute, change: Sent = {}) {
  const { method = route.method, path = pathOf(route), headers = {} } = change
  const body = change.body === undefined ? bodyOf(route) : change.body
  const response = await here.fetch(path, {
    method,
    headers: {
      authorization: `Bearer ${env.ADMIN_TOKEN}`,
      ...(body === null ? {} : { 'content-type': 'application/json' }),
      'x-reason': 'the test asks',
      ...headers,
    },
    ...(body === null || method === 'GET' || method === 'HEAD' ? {} : { body }),
  })
  const text = await bodyText(response)
  const json: Record<string, unknown> = text === '' ? {} : JSON.parse(text)
  if (!response.ok && response.status !== 304 && method !== 'HEAD') {
    expectProblemOf(method, path, response, json)
  }
  return { status: response.status, headers: response.headers, code: json['code'], text, json }
}

const pathOf = (route: BoundRoute, part = 'nothing-here'): string =>
  `${route.path.replaceAll(/\{\w+\}/g, part)}${queryOf(route)}`

/** Only one route needs parameters. */
const queryOf = ({ id }: BoundRoute): string => (id === 'getMessageStates' ? '?source=a&message_id=b' : '')

const bodyOf = ({ body, example }: BoundRoute): string | null =>
  body === undefined ? null : JSON.stringify(example)

const and = (path: string, query: string): string => `${path}${path.includes('?') ? '&' : '?'}${query}`

const named = (routes: readonly BoundRoute[]) =>
  routes.map((route) => [`${route.method} ${route.path}`, route] as const)

const ALL = named(ROUTES)
const READS = named(ROUTES.filter(({ method }) => method === 'GET'))
const WITH_BODY = named(ROUTES.filter(({ body }) => body !== undefined))
const WITH_PARAMS = named(ROUTES.filter(({ path }) => path.includes('{')))
const LISTS = named(
  ROUTES.filter(({ id }) => id.startsWith('list')).filter(({ query }) => query !== undefined),
)

describe('every route', () => {
  it.each(ALL)('%s refuses a parameter that it does not have', async (_name, route) => {
    const refused = await send(route, { path: and(pathOf(route), 'surprise=hunter2') })
    expect(refused).toMatchObject({ status: 400, code: 'parameter_invalid' })
    expect(refused.json['problems']).toMatchObject([{ path: 'surprise' }])
    expect(refused.text).not.toContain('hunter2')
  })

  it.each(ALL)('%s answers in its own form with any Accept header', async (_name, route) => {
    // A body of another type is refused, so the state is the same for the next Accept header.
    const change = route.method === 'GET' ? {} : { path: and(pathOf(route), 'surprise=1') }
    const expected = await send(route, change)
    for (const accept of [
      'text/html',
      'application/xml;q=0.9',
      'application/json;q=0',
      '*/*;q=0',
      'nonsense',
      '',
    ]) {
      const { status, headers } = await send(route, { ...change, headers: { accept } })
      expect(status).toBe(expected.status)
      expect(headers.get('content-type')).toMatch(
        route.streams === true ? /^text\/event-stream$/ : /^application\/(?:problem\+)?json$/,
      )
    }
  })

  it.each(ALL)('%s answers at no similar path', async (_name, route) => {
    const [path = ''] = pathOf(route).split('?')
    for (const other of [`${path}/`, path.replace('/api/', '/api//'), `${path}/more/than/it/has`]) {
      expect(await send(route, { path: other })).toMatchObject({ status: 404, code: 'path_unknown' })
    }
  })

  it.each(ALL)('%s lists the methods of its path', async (_name, route) => {
    for (const method of ['PATCH', 'OPTIONS', 'PROPFIND']) {
      const refused = await send(route, { method, body: null })
      expect(refused).toMatchObject({ status: 405, code: 'method_not_allowed' })
      const allowed = refused.headers.get('allow')?.split(', ')
      expect(allowed).toContain(route.method)
      if (route.method === 'GET') expect(allowed).toContain('HEAD')
    }
  })
})

describe('every read', () => {
  it.each(READS)('%s answers HEAD with the same headers and no body', async (_name, route) => {
    const get = await send(route)
    const head = await send(route, { method: 'HEAD' })
    expect(head).toMatchObject({ status: get.status, text: '' })
    for (const name of ['content-type', 'etag', 'cache-control', 'x-content-type-options']) {
      expect([name, head.headers.get(name)]).toEqual([name, get.headers.get(name)])
    }
  })
})

describe('every list', () => {
  // Lists of a destination need one, and the results of a list of addresses.
  beforeAll(async () => {
    await env.STORE.exec("INSERT INTO address_jobs (id, created_at, addresses) VALUES ('nothing-here', 0, 1)")
    await here.api('PUT', '/api/destinations/nothing-here', { url: 'https://app.example.com/' })
  })

  it.each(LISTS)('%s says what is wrong with its limit and its cursor', async (_name, route) => {
    for (const [query, path] of [
      ['limit=0', 'limit'],
      ['limit=501', 'limit'],
      ['limit=', 'limit'],
      ['limit=10&limit=10', 'limit'],
      ['limit=1.5', 'limit'],
      ['cursor=', 'cursor'],
      ['cursor=%00', 'cursor'],
      [`cursor=${'x'.repeat(501)}`, 'cursor'],
      ['cursor=nonsense', 'cursor'],
    ] as const) {
      const refused = await send(route, { path: and(pathOf(route), query) })
      expect([query, refused]).toMatchObject([query, { status: 400, code: 'parameter_invalid' }])
      expect(refused.json['problems']).toMatchObject([{ path }])
    }
    expect(await send(route, { path: and(pathOf(route), 'limit=1') })).toMatchObject({ status: 200 })
  })
})

describe('every body', () => {
  it.each<[what: string, change: Sent, status: number, code: string]>([
    ['of another type', { headers: { 'content-type': 'text/plain' } }, 415, 'body_type_unsupported'],
    [
      'of a form',
      { headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      415,
      'body_type_unsupported',
    ],
    ['that is empty', { body: '' }, 400, 'body_malformed'],
    ['that is truncated', { body: '{"a":' }, 400, 'body_malformed'],
    ['of two values', { body: '{} {}' }, 400, 'body_malformed'],
    ['with endless nesting', { body: '['.repeat(100_000) }, 400, 'body_malformed'],
  ])('%s is refused by all', async (_what, change, status, code) => {
    for (const [name, route] of WITH_BODY) {
      expect([name, await send(route, change)]).toMatchObject([name, { status, code }])
    }
  })

  it.each(['null', '7', '"text"', '[]', '[{}]', '{"surprise": "hunter2"}', '{"__proto__": {}}'])(
    '%s is refused by all with 422, and not quoted',
    async (body) => {
      for (const [name, route] of WITH_BODY) {
        const refused = await send(route, { body })
        expect([name, refused.status]).toEqual([name, 422])
        expect(refused.text).not.toContain('hunter2')
      }
    },
  )

  it.each(WITH_BODY)('%s has a limit', async (_name, route) => {
    const limit = route.bodyMaxBytes ?? BODY_MAX_BYTES
    expect(await send(route, { body: ' '.repeat(limit + 1) })).toMatchObject({
      status: 413,
      code: 'body_too_large',
    })
  })
})

/** Routes that check the form of a path parameter. */
const MALFORMED: Readonly<Record<string, number>> = {
  putSource: 422,
  putDestination: 422,
  putChannel: 422,
  getRefusal: 400,
  getSuppression: 400,
  explainPolicy: 400,
  removeSuppression: 400,
}

describe('every path parameter', () => {
  it.each([
    ['nothing but a percent sign', '%'],
    ['half an escape', '%4'],
    ['NUL', 'a%00b'],
    ['an escaped slash', 'a%2Fb'],
    ['invalid UTF-8', '%FF'],
    ['half a surrogate pair', '%ED%A0%80'],
    ['ten thousand characters', 'x'.repeat(10_000)],
    ['a line break', 'a%0D%0Ab'],
    ['a prototype', '__proto__'],
    ['SQL', `x'%20OR%201=1--`],
    ['braces', '%7Bname%7D'],
  ])('may be %s: then there is no such thing, or it is malformed', async (_what, part) => {
    for (const [name, route] of WITH_PARAMS) {
      const { status } = await send(route, { path: pathOf(route, part) })
      expect([name, status]).toEqual([name, MALFORMED[route.id] ?? 404])
    }
  })
})
