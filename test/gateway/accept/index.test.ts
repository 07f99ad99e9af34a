import { createHmac } from 'node:crypto'
import { expect, it } from 'vitest'
import { HOP_HEADER } from '../../../src/event/hop.ts'
import { newGateway, putSource } from '../../support/gateway.ts'
import { delivered, signGeneric } from '../../support/generic.ts'

const MIB = 1_048_576
const SECRET = 'accepting-secret-of-a-test-0123456789'
const KLAVIYO = { provider: 'klaviyo', secrets: { signing_secret: SECRET } }
const SALESFORCE = { provider: 'salesforce-ens', secrets: { signature_key: SECRET } }
const GENERIC = { provider: 'generic', secrets: { hmac: SECRET } }

/** Without these a body is not read at all. */
const PROOF = {
  'x-webhook-signature': `sha256=${'00'.repeat(32)}`,
  'klaviyo-signature': '00'.repeat(32),
  'klaviyo-timestamp': 'now',
  'x-sfmc-ens-signature': `${'A'.repeat(43)}=`,
}

/** Status of a delivery that was read: its credential is wrong. */
const READ = 401
const TOO_LARGE = 413

it.each<[string, object, number, number]>([
  ['a mebibyte of any ESP', GENERIC, MIB, READ],
  ['not a byte more', GENERIC, MIB + 1, TOO_LARGE],
  ['more of an ESP whose batches are larger', KLAVIYO, 8 * MIB, READ],
  ['not a byte more of it, either', KLAVIYO, 8 * MIB + 1, TOO_LARGE],
  ['more of another', SALESFORCE, 4 * MIB, READ],
  ['not a byte more of that one', SALESFORCE, 4 * MIB + 1, TOO_LARGE],
  ['what the source says, less', { ...KLAVIYO, maxBodyBytes: 2_048 }, 2_049, TOO_LARGE],
  ['what the source says, more', { ...GENERIC, maxBodyBytes: 2 * MIB }, 2 * MIB, READ],
])('reads %s', async (what, document, bytes, status) => {
  const name = what.toLowerCase().replaceAll(/[^a-z]+/g, '-')
  await putSource(document, name)
  const response = await newGateway().fetch(`/hooks/${name}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...PROOF },
    body: new Uint8Array(bytes),
  })
  expect(response.status).toBe(status)
})

it.each<[string, object]>([
  ['a secret', { webhook_url: 'https://hookuser:s3cr3t@hooks.example/in?token=s3cr3t' }],
  ['the settings', {}],
])('takes the whole URL for signed where it was named with credentials among %s', async (what, secrets) => {
  const url = 'https://hookuser:s3cr3t@hooks.example/in?token=s3cr3t'
  const name = `signed-url-${what.slice(-7).replaceAll(' ', '-')}`
  const publicUrl = Object.keys(secrets).length === 0 ? { publicUrl: url } : {}
  const document = { provider: 'mandrill', ...publicUrl, secrets: { webhook_key: SECRET, ...secrets } }
  await putSource(document, name)
  const post = async (signedUrl: string) => {
    const events = JSON.stringify([
      { event: 'send', _id: crypto.randomUUID(), ts: 1, msg: { email: 'a@b.example' } },
    ])
    const signature = createHmac('sha1', SECRET)
      .update(`${signedUrl}mandrill_events${events}`)
      .digest('base64')
    const response = await newGateway().fetch(`/hooks/${name}?token=s3cr3t`, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'x-mandrill-signature': signature,
      },
      body: new URLSearchParams({ mandrill_events: events }).toString(),
    })
    return response.status
  }
  expect(await post(url)).toBe(200)
  expect(await post('https://***@hooks.example/in?token=***')).toBe(READ)
  expect(await post('https://hooks.example/in?token=s3cr3t')).toBe(READ)
})

it.each<[string, Record<string, string>, number]>([
  ['one of another sender', {}, 200],
  ['one of a destination, so that no event goes in a circle', { [HOP_HEADER]: '1' }, 403],
  ['one with the header in capitals and without a value', { 'Postern-Hop': '' }, 403],
])('judges a verified delivery: %s', async (what, hop, status) => {
  const name = `hop-${status}-${Object.keys(hop).join('').toLowerCase()}-${what.length}`
  await putSource(GENERIC, name)
  const gateway = newGateway()
  const signed = await signGeneric(delivered(what), SECRET, gateway.clock.nowMs / 1_000)
  const response = await gateway.fetch(`/hooks/${name}`, {
    ...signed,
    headers: { ...signed.headers, ...hop },
  })
  expect(response.status).toBe(status)
})
