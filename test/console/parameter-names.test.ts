/** Paths as the tables of pages and of the API spell them, with the names of their parameters. They name nothing that exists. */
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { ROUTES } from '../../src/console/api/index.ts'
import { PAGES } from '../../src/console/pages/index.tsx'
import { visitor } from './pages/visitor.ts'
import { migrate, newConsole } from './support.ts'

beforeAll(migrate)

/** Routes that refuse the name before they look for it. */
const REFUSED: ReadonlyMap<string, number> = new Map([['/requests/:request_id', 400]])

describe('a page with the names of its parameters', () => {
  const pages = PAGES.filter(({ path }) => path.includes(':')).flatMap(({ path, get, post }) => [
    ...(get === undefined ? [] : [['GET', path] as const]),
    ...(post === undefined ? [] : [['POST', path] as const]),
  ])

  it.each(pages)('is not found: %s %s', async (method, path) => {
    const someone = visitor(newConsole())
    const form_token = await someone.enter()
    const answer = method === 'GET' ? await someone.get(path) : await someone.post(path, { form_token })
    expect(answer.status).toBe(REFUSED.get(path) ?? 404)
  })
})

describe('a route of the API with the names of its parameters', () => {
  const routes = ROUTES.map(({ method, path }) => [method, path.replaceAll(/\{(\w+)\}/g, ':$1')] as const)

  it.each(routes.filter(([, path]) => path.includes(':')))('does not fail: %s %s', async (method, path) => {
    const answer = await newConsole().fetch(path, {
      method,
      headers: { authorization: `Bearer ${env.ADMIN_TOKEN}`, 'content-type': 'application/json' },
      ...(method === 'GET' ? {} : { body: '{}' }),
    })
    await answer.body?.cancel()
    expect(answer.status).toBeLessThan(500)
  })
})
