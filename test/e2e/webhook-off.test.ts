/** A webhook that is switched off at the ESP, through the real Workers: found, told to the watch, mended by API. And where the key goes. */
import { generateKeyPairSync } from 'node:crypto'
import { type Request as MiniflareRequest, Response as MiniflareResponse } from 'miniflare'
import { describe, expect, it } from 'vitest'
import type { ApiRequest } from '../../src/drivers/driver.ts'
import { jsonOf } from '../../src/simulator/http.ts'
import { sendgrid } from '../drivers/fakes/sendgrid.ts'
import { sparkpost } from '../drivers/fakes/sparkpost.ts'
import { withInstallation } from './postern.ts'

const esp = sparkpost.open()
const grid = sendgrid.open()
/** In place of the text that the fake has as one. */
const PUBLIC_KEY = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  .publicKey.export({ type: 'spki', format: 'der' })
  .toString('base64')
let isTaken = true

async function outbound(request: MiniflareRequest): Promise<MiniflareResponse> {
  const url = new URL(request.url)
  const asked = sendgrid.hosts.includes(url.host)
    ? grid
    : sparkpost.hosts.includes(url.host)
      ? esp
      : undefined
  if (asked === undefined) return new MiniflareResponse('nobody is here', { status: 404 })
  if (!isTaken) return new MiniflareResponse(`no: ${request.headers.get('authorization')}`, { status: 401 })
  const body = request.method === 'GET' ? undefined : await request.text()
  const answer = asked.answer({
    method: request.method as ApiRequest['method'],
    url: request.url,
    headers: Object.fromEntries(request.headers),
    ...(body !== undefined && { body }),
  })
  const text = (await answer.text()).replaceAll(/public key of [\w-]+/g, PUBLIC_KEY)
  return new MiniflareResponse(text, { status: answer.status })
}

const postern = withInstallation({ outbound })

const findings = async () =>
  (
    jsonOf(await postern.console.get('/api/health')) as { findings: { kind: string; says: string }[] }
  ).findings
    .filter(({ kind }) => kind === 'webhook_off')
    .map(({ says }) => says)
const post = (path: string, body: unknown = {}) => postern.console.post(`/api/sources/shop/${path}`, body)

/** Reads the plan, and says yes to it. */
async function mended(name: string) {
  const mend = async (body: object) =>
    jsonOf(await postern.console.post(`/api/sources/${name}/mend`, body, 'the account is ours')) as {
      of: string
      code?: string
    }
  return mend({ of: (await mend({ plan: true })).of })
}

describe('a webhook at an ESP', () => {
  it('is found off, told, and mended', async () => {
    const put = await postern.console.put('/api/sources/shop', {
      provider: 'sparkpost',
      secrets: {
        basic_auth: { username: 'hooks', password: 'a-password-of-the-webhook-test' },
        esp_api_token: sparkpost.key,
      },
    })
    expect(put.status).toBe(201)
    const absent = jsonOf(await post('check')) as { differences: { code: string }[] }
    expect(absent.differences.map(({ code }) => code)).toEqual(['absent'])
    expect(await mended('shop')).toMatchObject({ done: true })
    const [webhook] = esp.webhooks
    // Signed: with the name and password that the source has.
    expect(webhook).toMatchObject({ url: 'http://localhost:8787/hooks/shop', enabled: true, signed: true })
    if (webhook === undefined) return
    expect(jsonOf(await post('check'))).toMatchObject({ differences: [], problem: null })

    webhook.enabled = false
    expect(jsonOf(await post('check'))).toMatchObject({ differences: [{ code: 'off' }] })
    expect(await findings()).toEqual(['shop: the webhook at SparkPost is off'])

    expect(jsonOf(await post('mend', { plan: true }))).toMatchObject({
      done: false,
      steps: ['the webhook at SparkPost is off'],
    })
    expect(webhook.enabled).toBe(false)
    expect(await mended('shop')).toMatchObject({ done: true, report: { differences: [] } })
    expect(webhook.enabled).toBe(true)
    expect(await findings()).toEqual([])
  })

  it('that signs with a key of its own brings that key, once', async () => {
    const source = { provider: 'sendgrid', secrets: { esp_api_token: sendgrid.key } }
    expect((await postern.console.put('/api/sources/grid', source)).status).toBe(201)
    const mend = () => mended('grid')
    const another = await postern.console.post('/api/sources/grid/mend', { of: 'another plan' })
    expect(jsonOf(another)).toMatchObject({ code: 'plan_changed' })
    const versions = async () => {
      const shown = jsonOf(await postern.console.get('/api/sources/grid')) as {
        secret_versions: { slot: string; version: number; state: string }[]
      }
      return shown.secret_versions
        .filter(({ slot }) => slot === 'public_key')
        .map(({ version, state }) => `${version} ${state}`)
    }
    const right = {
      done: true,
      report: { differences: [], key_can_also: expect.stringContaining('mail.send') },
    }
    expect(await mend()).toMatchObject(right)
    expect(await versions()).toEqual(['1 active'])
    for (const webhook of grid.webhooks) webhook.enabled = false
    expect(await mend()).toMatchObject(right)
    expect(await versions()).toEqual(['1 active'])
  })

  it('whose key is refused is told so, and the key is nowhere', async () => {
    isTaken = false
    expect(jsonOf(await post('check'))).toMatchObject({ problem: { code: 'key_refused', status: 401 } })
    const page = await postern.console.get('/api/health')
    expect(`${page.body.toString()} ${postern.logs.join('\n')}`).not.toContain(sparkpost.key)
  })
})
