/** A webhook that is switched off at the ESP, through the real Workers: found, told to the watch, mended by API. And where the key goes. */
import { type Request as MiniflareRequest, Response as MiniflareResponse } from 'miniflare'
import { describe, expect, it } from 'vitest'
import type { ApiRequest } from '../../src/drivers/driver.ts'
import { jsonOf } from '../../src/simulator/http.ts'
import { sparkpost } from '../drivers/fakes/sparkpost.ts'
import { withInstallation } from './postern.ts'

const esp = sparkpost.open()
let isTaken = true

async function outbound(request: MiniflareRequest): Promise<MiniflareResponse> {
  const url = new URL(request.url)
  if (!sparkpost.hosts.includes(url.host)) return new MiniflareResponse('nobody is here', { status: 404 })
  if (!isTaken) return new MiniflareResponse(`no: ${request.headers.get('authorization')}`, { status: 401 })
  const body = request.method === 'GET' ? undefined : await request.text()
  const answer = esp.answer({
    method: request.method as ApiRequest['method'],
    url: request.url,
    headers: Object.fromEntries(request.headers),
    ...(body !== undefined && { body }),
  })
  return new MiniflareResponse(await answer.text(), { status: answer.status })
}

const postern = withInstallation({ outbound })

const findings = async () =>
  (
    jsonOf(await postern.console.get('/api/health')) as { findings: { kind: string; says: string }[] }
  ).findings
    .filter(({ kind }) => kind === 'webhook_off')
    .map(({ says }) => says)
const post = (path: string, body: unknown = {}) => postern.console.post(`/api/sources/shop/${path}`, body)

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
    expect(jsonOf(await post('mend'))).toMatchObject({ done: true })
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
    expect(jsonOf(await post('mend'))).toMatchObject({ done: true, report: { differences: [] } })
    expect(webhook.enabled).toBe(true)
    expect(await findings()).toEqual([])
  })

  it('whose key is refused is told so, and the key is nowhere', async () => {
    isTaken = false
    expect(jsonOf(await post('check'))).toMatchObject({ problem: { code: 'key_refused', status: 401 } })
    const page = await postern.console.get('/api/health')
    expect(`${page.body.toString()} ${postern.logs.join('\n')}`).not.toContain(sparkpost.key)
  })
})
