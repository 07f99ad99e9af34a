import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { type TestConsole, migrate, newConsole } from '../support.ts'
import { visitor } from './visitor.ts'

beforeAll(migrate)

/** A link as the operator gets it: its path and its token. */
async function linked(here: TestConsole, body: Record<string, unknown> = {}) {
  const name = `linked-${crypto.randomUUID()}`
  await here.api('PUT', `/api/sources/${name}`, {
    provider: 'generic',
    secrets: { hmac: 'a-shared-secret-of-the-link-test' },
  })
  const { json } = await here.api('POST', `/api/sources/${name}/secrets/hmac/rotate`, body)
  const url = new URL((json['link'] as { url: string }).url)
  return { name, path: url.pathname + url.search, token: url.searchParams.get('link') ?? '' }
}

const stateOf = async (here: TestConsole, name: string) => {
  const { json } = await here.api('GET', `/api/sources/${name}`)
  return (json['secret_versions'] as { state: string }[]).map(({ state }) => state)
}

const shown = (html: string): string =>
  /<code class="whole" data-copy="secret">([A-Za-z0-9_-]{43})<\/code>/.exec(html)?.[1] ?? ''

describe('a retrieval link', () => {
  it('shows the value once, without a login', async () => {
    const here = newConsole()
    const { name, path, token } = await linked(here)
    const stranger = visitor(here)

    const page = await stranger.get(path)
    expect(page.status).toBe(200)
    expect(page.headers.get('cache-control')).toBe('no-store')
    expect(page.headers.get('referrer-policy')).toBe('strict-origin')
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(await page.text()).toContain(`name="link" value="${token}"`)

    const got = await stranger.post('/retrieve', { link: token })
    const html = await got.text()
    expect(got.status).toBe(200)
    expect(got.headers.get('cache-control')).toBe('no-store')
    expect(shown(html)).not.toBe('')
    expect(html).not.toContain(token)
    expect(await stateOf(here, name)).toEqual(['retiring', 'active'])

    expect((await stranger.post('/retrieve', { link: token })).status).toBe(404)
    const said = JSON.stringify([here.logged, await linesOf()])
    expect(said).not.toContain(token)
    expect(said).not.toContain(shown(html))
    expect(said).toContain('secret.retrieved')
    expect(said).toContain(JSON.stringify('"actor":"link"').slice(1, -1))
  })

  it('is not used up by programs that fetch links', async () => {
    const here = newConsole()
    const { name, path, token } = await linked(here)
    for (let i = 0; i < 5; i++) expect((await here.fetch(path)).status).toBe(200)
    expect((await here.fetch(path, { method: 'HEAD' })).status).toBe(200)
    expect(await stateOf(here, name)).toEqual(['active', 'pending'])
    expect((await visitor(here).post('/retrieve', { link: token })).status).toBe(200)
  })

  const OVER: readonly [string, (here: TestConsole) => Promise<string>][] = [
    ['unknown', async () => 'A'.repeat(43)],
    ['malformed', async () => 'hello'],
    ['absent', async () => ''],
    [
      'used',
      async (here) => {
        const { token } = await linked(here)
        await visitor(here).post('/retrieve', { link: token })
        return token
      },
    ],
    [
      'of a revoked version',
      async (here) => {
        const { name, token } = await linked(here)
        await here.api('POST', `/api/sources/${name}/secrets/hmac/2/revoke`, {})
        return token
      },
    ],
    [
      'of a removed source',
      async (here) => {
        const { name, token } = await linked(here)
        await here.api('DELETE', `/api/sources/${name}`)
        return token
      },
    ],
  ]

  it('gets the same answer for every reason', async () => {
    const answers: { status: number; html: string }[] = []
    for (const [, make] of OVER) {
      const here = newConsole()
      const response = await visitor(here).post('/retrieve', { link: await make(here) })
      const html = (await response.text()).replaceAll(/req_[0-9a-f]+/g, '')
      answers.push({ status: response.status, html })
    }
    expect(answers[0]?.status).toBe(404)
    expect(answers).toEqual(OVER.map(() => answers[0]))
  })

  it('cannot be posted from another site', async () => {
    const here = newConsole()
    const { name, token } = await linked(here)
    const response = await visitor(here).post(
      '/retrieve',
      { link: token },
      { origin: 'https://evil.example' },
    )
    expect(response.status).toBe(403)
    expect(await stateOf(here, name)).toEqual(['active', 'pending'])
  })

  it('has a limit on guesses', async () => {
    const here = newConsole()
    const { token } = await linked(here)
    const from = (address: string) => ({ 'cf-connecting-ip': address })
    for (let i = 0; i < 20; i++)
      await visitor(here).post('/retrieve', { link: 'A'.repeat(43) }, from('192.0.2.1'))
    const waits = await visitor(here).post('/retrieve', { link: token }, from('192.0.2.1'))
    expect(waits.status).toBe(429)
    expect(Number(waits.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await visitor(here).post('/retrieve', { link: token }, from('192.0.2.2'))).status).toBe(200)
  })
})

const linesOf = async () =>
  (await env.REGISTRY.getByName('registry').audit.before(Number.MAX_SAFE_INTEGER, 20)).map(({ text }) => text)
