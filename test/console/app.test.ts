import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { ConsoleEnv } from '../../src/console/env.ts'
import { STORE_MAX_MS } from '../../src/console/pages/gate.tsx'
import { PAGES } from '../../src/console/pages/index.tsx'
import { logIn } from './pages/visitor.ts'
import { newConsole } from './support.ts'

it('logs each answer to an authenticated caller, and ten a second to others', async () => {
  const here = newConsole()
  const answered = () => here.logged.filter(({ event }) => event === 'console_answered').length
  for (let i = 0; i < 30; i++) await here.fetch(i % 2 === 0 ? '/login' : '/api/me')
  expect(answered()).toBe(10)
  for (let i = 0; i < 15; i++)
    await here.fetch('/api/me', { headers: { authorization: `Bearer ${env.ADMIN_TOKEN}` } })
  expect(answered()).toBe(25)
})

describe('an object that fails during a request', () => {
  it.each<[what: string, marks: object, status: number, code: string]>([
    ['was replaced', { durableObjectReset: true, retryable: true }, 503, 'interrupted'],
    ['was replaced, which an older runtime marks less', { retryable: true }, 503, 'interrupted'],
    ['has too much to do', { overloaded: true, retryable: true }, 500, 'fault'],
    ['is broken', {}, 500, 'fault'],
  ])('and %s', async (_what, marks, status, code) => {
    const fault = Object.assign(new Error('hidden cause'), marks)
    let isBroken = false
    // Of a member of the registry any call fails as well.
    const failing: object = new Proxy(() => undefined, {
      get: () => failing,
      apply: () => Promise.reject(fault),
    })
    const REGISTRY = {
      getByName: (name: string) => {
        const object = env.REGISTRY.getByName(name)
        return new Proxy(object, { get: (_, call) => (isBroken ? failing : Reflect.get(object, call)) })
      },
    } as ConsoleEnv['REGISTRY']
    const here = newConsole({ REGISTRY })
    const { someone } = await logIn(here, 'admin')
    isBroken = true
    const headers = { authorization: `Bearer ${env.ADMIN_TOKEN}` }
    const answers = [await here.fetch('/api/sources', { headers }), await someone.get('/sources/shop')]
    for (const answer of answers) {
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([
        status,
        status === 503 ? '1' : null,
      ])
      expect(await answer.text()).not.toContain('hidden cause')
    }
    const lines = here.logged.filter(({ event }) => event === 'fault' || event === 'request_failed')
    expect(lines.map((line) => line.code)).toEqual([code, code])
  })
})

describe('a store that does not answer', () => {
  const storeOf = (batch: () => Promise<never>) =>
    ({ prepare: (sql: string) => env.STORE.prepare(sql), batch }) as unknown as D1Database
  const gone = storeOf(() => Promise.reject(new Error('D1_ERROR: Network connection lost.')))
  const stalled = storeOf(() => new Promise(() => undefined))

  it.each([
    ['ends each call', gone],
    ['ends none', stalled],
  ])('and %s is said by each page within its frame and some seconds, and no page is white', async (_, db) => {
    const { someone } = await logIn(newConsole({ STORE: db }), 'admin')
    const beganMs = performance.now()
    const rows = PAGES.filter(
      ({ get, who, kind }) => get !== undefined && who !== 'anybody' && kind !== 'file',
    )
    const answers = await Promise.all(
      rows.map(async ({ path }) => ({ path, answer: await someone.get(path.replaceAll(/:\w+/g, '1')) })),
    )
    expect(performance.now() - beganMs).toBeLessThan(STORE_MAX_MS + 5_000)
    for (const { path, answer } of answers) {
      if (answer.headers.get('content-type')?.startsWith('text/html') !== true) continue
      const text = await answer.text()
      expect([path, answer.status === 500, text.includes('<nav')]).toEqual([path, false, true])
      if (path === '/suppressions') expect(text).toContain('The store d')
    }
  })

  it('is said by the API, which asks to come again', async () => {
    const { api } = newConsole({ STORE: gone })
    const { status, headers, json } = await api('GET', '/api/suppressions')
    expect([status, headers.get('retry-after'), json['code']]).toEqual([503, '10', 'store_unavailable'])
  })
})
