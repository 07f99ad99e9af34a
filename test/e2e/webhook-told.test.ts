/** A webhook that is switched off at the ESP while nobody looks, through the real Workers with their clock moved. */
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Request as MiniflareRequest, Response as MiniflareResponse } from 'miniflare'
import { expect, it } from 'vitest'
import { MovedClock } from '../../scripts/local/moved-clock.ts'
import type { ApiRequest } from '../../src/drivers/driver.ts'
import type { EspAccountApi } from '../../src/esp-accounts/api.ts'
import { jsonOf } from '../../src/simulator/http.ts'
import { sparkpost } from '../drivers/fakes/sparkpost.ts'
import { untilForwarded, withInstallation } from './postern.ts'

const esp = sparkpost.open()

interface Alert {
  readonly type: string
  readonly data: { readonly kind: string; readonly headline: string }
}
const alerts: Alert[] = []
const clock = new MovedClock()
const MINUTE_MS = 60_000

async function outbound(request: MiniflareRequest): Promise<MiniflareResponse> {
  const url = new URL(request.url)
  if (url.host === 'alerts.example.com') {
    alerts.push((await request.json()) as Alert)
    return new MiniflareResponse(null, { status: 204 })
  }
  if (!sparkpost.hosts.includes(url.host)) return new MiniflareResponse('nobody is here', { status: 404 })
  const body = request.method === 'GET' ? undefined : await request.text()
  const answer = esp.answer({
    method: request.method as ApiRequest['method'],
    url: request.url,
    headers: Object.fromEntries(request.headers),
    ...(body !== undefined && { body }),
  })
  return new MiniflareResponse(await answer.text(), { status: answer.status })
}

const postern = withInstallation({ outbound, clock, bindings: { PRIVATE_DESTINATIONS: 'allowed' } })

const post = (path: string, body: unknown = {}, reason?: string) =>
  postern.console.post(`/api/sources/shop/${path}`, body, reason)

async function mended() {
  const { of } = jsonOf(await post('mend', { plan: true })) as { of: string }
  return jsonOf(await post('mend', { of }, 'the account is ours'))
}

it('a webhook that goes off is an incident and a message to a channel within 65 minutes, and so is its end', async () => {
  const channel = {
    kind: 'webhook',
    url: 'https://alerts.example.com/hook',
    grouping_seconds: 0,
    secrets: { signing_secret: `whsec_${randomBytes(32).toString('base64')}` },
  }
  expect((await postern.console.put('/api/channels/ops', channel)).status).toBe(201)
  const told = (type: string) =>
    alerts.filter((one) => one.type === type && one.data.kind === 'webhook_off').map(({ data }) => data)
  const { ESP_ACCOUNTS } = await postern.runtime.bindings<{
    ESP_ACCOUNTS: { getByName(name: string): Pick<EspAccountApi, 'wake'> }
  }>('consumer')
  /** Minutes until it holds. The object's alarm would come in real time. Awake before its time, it asks nothing. */
  const minutesUntil = async (holds: () => boolean) => {
    const fromMs = clock.nowMs()
    await clock.forward(62 * MINUTE_MS)
    await untilForwarded(
      clock,
      async () => {
        await ESP_ACCOUNTS.getByName('shop').wake()
        await sleep(200)
        return holds()
      },
      () => MINUTE_MS / 2,
    )
    return (clock.nowMs() - fromMs) / MINUTE_MS
  }

  const source = {
    provider: 'sparkpost',
    secrets: {
      basic_auth: { username: 'hooks', password: 'a-password-of-the-webhook-test' },
      esp_api_token: sparkpost.key,
    },
  }
  expect((await postern.console.put('/api/sources/shop', source)).status).toBe(201)
  expect(await mended()).toMatchObject({ done: true, report: { differences: [] } })
  const [webhook] = esp.webhooks
  if (webhook === undefined) return
  webhook.enabled = false
  expect(await minutesUntil(() => told('alert.firing').length > 0)).toBeLessThanOrEqual(65)
  const open = jsonOf(await postern.console.get('/api/incidents?state=open')) as { incidents: object[] }
  expect(open.incidents).toMatchObject([{ kind: 'webhook_off', subject: 'shop', state: 'open' }])
  expect(told('alert.firing')).toMatchObject([
    { headline: expect.stringContaining('the webhook at SparkPost is off') },
  ])

  expect(await mended()).toMatchObject({ done: true })
  expect(await minutesUntil(() => told('alert.resolved').length > 0)).toBeLessThanOrEqual(65)
}, 120_000)
