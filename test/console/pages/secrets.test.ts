import { beforeAll, describe, expect, it } from 'vitest'
import { type TestConsole, migrate, newConsole } from '../support.ts'
import { visitor } from './visitor.ts'

beforeAll(migrate)

let sources = 0

async function entered(document: Record<string, unknown> = GENERIC) {
  const here = newConsole()
  const name = `paged-${sources++}`
  await here.api('PUT', `/api/sources/${name}`, document)
  const operator = visitor(here)
  const form_token = await operator.enter()
  const at = `/sources/${name}/secrets/hmac`
  return { here, name, operator, form_token, at }
}

const SECRET = 'a-shared-secret-of-the-pages-test'
const GENERIC = { provider: 'generic', rotateEveryDays: 30, secrets: { hmac: SECRET } }

const statesOf = async (here: TestConsole, name: string) => {
  const { json } = await here.api('GET', `/api/sources/${name}`)
  return (json['secret_versions'] as { state: string }[]).map(({ state }) => state)
}

const linkIn = (html: string): string => /\/retrieve\?link=([A-Za-z0-9_-]{43})/.exec(html)?.[1] ?? ''

describe('the page of a source', () => {
  it('shows versions, ages and the next rotation, and no value', async () => {
    const { here, name, operator } = await entered()
    await here.api('POST', `/api/sources/${name}/secrets/hmac/rotate`, {
      value: 'a-newer-secret-of-the-pages-test',
    })
    const html = await (await operator.get(`/sources/${name}`)).text()
    for (const part of ['hmac/1', 'hmac/2', 'retiring', 'active', 'fresh', `${name}/secrets/hmac/rotate`])
      expect(html).toContain(part)
    expect(html).toMatch(/in (?:29|30) days/)
    expect(html).not.toContain('secret-of-the-pages-test')
  })

  it('says that it refuses everything while it has no secret, and takes the first', async () => {
    const { here, name, operator, form_token, at } = await entered({ provider: 'generic' })
    const html = await (await operator.get(`/sources/${name}`)).text()
    for (const part of ['refuses every delivery', 'postern secrets rotate', `${at}/rotate`])
      expect(html).toContain(part)
    expect(await (await operator.get('/')).text()).toContain('>refuses everything</span>')
    expect(await (await operator.get(`${at}/rotate`)).text()).toContain('Add hmac')
    expect((await operator.get(`/sources/${name}/secrets/hmack/rotate`)).status).toBe(404)
    await operator.post(`${at}/rotate`, { form_token, value: SECRET })
    expect(await statesOf(here, name)).toEqual(['active'])
    expect(await (await operator.get(`/sources/${name}`)).text()).not.toContain('refuses every delivery')
  })

  it('is marked on the dashboard while one of its secrets waits for an operator', async () => {
    const { operator, form_token, at } = await entered()
    expect(await (await operator.get('/')).text()).not.toContain('>secret</span>')
    await operator.post(`${at}/rotate`, { form_token })
    expect(await (await operator.get('/')).text()).toContain('>secret</span>')
  })

  it('needs a session', async () => {
    const { here, name, at } = await entered()
    for (const path of [`/sources/${name}`, `${at}/rotate`, `${at}/1/revoke`]) {
      const response = await visitor(here).get(path)
      expect([response.status, response.headers.get('location')]).toEqual([303, '/login'])
    }
  })

  it.each([
    '/sources/nobody',
    '/sources/nobody/secrets/hmac/rotate',
    '/sources/nobody/secrets/hmac/1/revoke',
  ])('is 404 where there is none: %s', async (path) => {
    const { operator } = await entered()
    expect((await operator.get(path)).status).toBe(404)
  })
})

describe('the form that rotates', () => {
  it('shows a link once, which shows the value once', async () => {
    const { here, name, operator, form_token, at } = await entered()
    const answer = await operator.post(`${at}/rotate`, { form_token })
    const link = linkIn(await answer.text())
    expect(answer.status).toBe(200)
    expect(link).not.toBe('')
    expect(await statesOf(here, name)).toEqual(['active', 'pending'])
    expect((await visitor(here).post('/retrieve', { link })).status).toBe(200)
    expect(await statesOf(here, name)).toEqual(['retiring', 'active'])
  })

  it('makes another link for a pending value', async () => {
    const { here, name, operator, form_token, at } = await entered()
    const first = linkIn(await (await operator.post(`${at}/rotate`, { form_token })).text())
    expect(await (await operator.get(`${at}/rotate`)).text()).toContain(
      'Version 2 was generated and was not retrieved yet',
    )
    const second = linkIn(await (await operator.post(`${at}/2/link`, { form_token })).text())
    expect((await visitor(here).post('/retrieve', { link: first })).status).toBe(404)
    expect((await visitor(here).post('/retrieve', { link: second })).status).toBe(200)
    expect(await statesOf(here, name)).toEqual(['retiring', 'active'])
  })

  it('accepts the operator’s own value', async () => {
    const { here, name, operator, form_token, at } = await entered()
    const answer = await operator.post(`${at}/rotate`, {
      form_token,
      value: ' brought-secret-of-the-pages-test\n',
    })
    expect(await answer.text()).not.toContain('brought-secret')
    expect(await statesOf(here, name)).toEqual(['retiring', 'active'])
  })

  it('requires a reason for an emergency, and then accepts no old version', async () => {
    const { here, name, operator, form_token, at } = await entered()
    const asked = await operator.post(`${at}/rotate`, { form_token, emergency: 'yes' })
    expect(asked.status).toBe(422)
    expect(await statesOf(here, name)).toEqual(['active'])
    const done = await operator.post(`${at}/rotate`, {
      form_token,
      emergency: 'yes',
      reason: 'It was in a ticket.',
    })
    expect(done.status).toBe(200)
    expect(await statesOf(here, name)).toEqual(['revoked', 'active'])
  })

  it('says what is wrong, without the value', async () => {
    const { operator, form_token, at } = await entered()
    const answer = await operator.post(`${at}/rotate`, { form_token, value: 'changeme' })
    expect(answer.status).toBe(422)
    expect(await answer.text()).not.toContain('changeme')
  })
})

describe('the form that revokes', () => {
  it('keeps the last secret unless it is forced with a reason', async () => {
    const { here, name, operator, form_token, at } = await entered()
    expect((await operator.post(`${at}/1/revoke`, { form_token })).status).toBe(409)
    expect((await operator.post(`${at}/1/revoke`, { form_token, force: 'yes' })).status).toBe(422)
    expect(await statesOf(here, name)).toEqual(['active'])
    const done = await operator.post(`${at}/1/revoke`, { form_token, force: 'yes', reason: 'Closed.' })
    expect([done.status, done.headers.get('location')]).toEqual([303, `/sources/${name}`])
    expect(await statesOf(here, name)).toEqual(['revoked'])
  })

  it.each(['rotate', '1/revoke', '1/link'])('is accepted only from our own page: %s', async (path) => {
    const { here, name, operator, form_token, at } = await entered()
    expect((await operator.post(`${at}/${path}`, { form_token: 'another' })).status).toBe(403)
    expect(
      (await operator.post(`${at}/${path}`, { form_token }, { origin: 'https://evil.example' })).status,
    ).toBe(403)
    expect(await statesOf(here, name)).toEqual(['active'])
  })
})
