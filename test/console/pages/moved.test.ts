import { describe, expect, it } from 'vitest'
import { moved } from '../../../src/console/pages/moved.ts'
import { Hono } from 'hono'
import type { ConsoleHono } from '../../../src/console/context.ts'

const ROWS = [
  ['/refusals', '/activity?show=refused', '/refusals', '/activity?show=refused'],
  ['/refusals', '/activity?show=refused', '/refusals?source=shop', '/activity?show=refused&source=shop'],
  ['/settings', '/system', '/settings', '/system'],
  ['/archive', '/system#archive', '/archive?a=1', '/system?a=1#archive'],
  ['/events/:id', '/d/:id', '/events/01', '/d/01'],
  ['/messages/:source/:message', '/d/:source/:message', '/messages/a/b%2Fc%3Fd', '/d/a/b%2Fc%3Fd'],
  // A parameter leads to no other site.
  ['/events/:id', '/d/:id', '/events/%2F%2Fevil.example', '/d/%2F%2Fevil.example'],
  ['/:id', '/:id', '/%5Cevil.example', '/%5Cevil.example'],
] as const

describe('an old address', () => {
  it.each(ROWS)('%s, now %s: %s leads to %s', async (path, to, asked, led) => {
    const { get } = moved(path, to)
    if (get === undefined) throw new TypeError('no handler')
    const answer = await new Hono<ConsoleHono>().get(path, get).request(asked)
    expect([answer.status, answer.headers.get('location')]).toEqual([301, led])
  })
})
