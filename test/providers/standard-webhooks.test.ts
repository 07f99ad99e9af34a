import { createHmac, generateKeyPairSync, sign } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { OutgoingRequest, Sender } from '../../src/simulator/sender.ts'
import { standardWebhooks as sender } from '../../src/simulator/senders/standard-webhooks.ts'
import { standardWebhooks } from '../../src/providers/standard-webhooks.ts'
import { judge, read } from './judge.ts'
import { describeProvider } from './suite.ts'
import { posted } from './simulated-events.ts'

const options = { signsTime: true, batches: false, signedAnew: true, lists: ['webhook-signature'] }

describeProvider(sender, standardWebhooks, options)

/** The same sender with an Ed25519 key: version `v1a` of the signature. */
const asymmetric: Sender = {
  ...sender,
  async open() {
    const account = await sender.open()
    const { privateKey, publicKey } = generateKeyPairSync('ed25519')
    const raw = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32)
    return {
      ...account,
      document: {
        provider: 'standard-webhooks',
        secrets: { signing_secret: `whpk_${raw.toString('base64')}` },
      },
      async deliver(simulatedEvents, nowSeconds) {
        const request = await account.deliver(simulatedEvents, nowSeconds)
        const signed = Buffer.concat([
          Buffer.from(`${request.headers['webhook-id']}.${nowSeconds}.`),
          request.body,
        ])
        const signature = `v1a,${sign(null, signed, privateKey).toString('base64')}`
        return { ...request, headers: { ...request.headers, 'webhook-signature': signature } }
      },
    }
  },
}
describe('with Ed25519', () => {
  describeProvider(asymmetric, standardWebhooks, options)
})

describe('the delivery of the specification’s libraries, under another key', () => {
  const KEY = Buffer.from('0f1e2d3c4b5a69788796a5b4c3d2e1f00112233445566778', 'hex')
  const BODY = '{"test": 2432232314}'
  const secrets = { signing_secret: `whsec_${KEY.toString('base64')}` }
  const account = { document: { provider: 'standard-webhooks', secrets } }
  const request: OutgoingRequest = posted(BODY, {
    'content-type': 'application/json',
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': `v1,${createHmac('sha256', KEY)
      .update(`msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.${BODY}`)
      .digest('base64')}`,
  })

  it('verifies', async () => {
    expect(await judge(account, request, 1_614_265_330)).toMatchObject({ ok: true })
  })

  it('is quarantined, since it has no type', async () => {
    const { events, quarantined } = await read(standardWebhooks, request)
    expect(events).toEqual([])
    // With the id that the proof covered, so that it can be read again as it was.
    expect(quarantined).toMatchObject([{ headers: { 'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek' } }])
  })

  it.each(['1614265330.0', '1614265330 ', '+1614265330', '01614265330', '1.614265330e9'])(
    'does not verify under the time %j',
    async (time) => {
      const headers = { ...request.headers, 'webhook-timestamp': time }
      const judged = await judge(account, { ...request, headers }, 1_614_265_330)
      // White space around a value is no part of it (RFC 9110 section 5.5).
      expect(judged).toMatchObject({ ok: time.trim() === '1614265330' })
    },
  )
})
