/** Paths as the table of the API spells them, with the names of their parameters. They name nothing that exists. */
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { ROUTES } from '../../src/console/api/index.ts'
import { migrate, newConsole } from './support.ts'

beforeAll(migrate)

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
