/** Providers by the API: their secrets, who makes them, and the set-up. */
import { expect, it } from 'vitest'
import { PROVIDERS } from '../../../src/providers/index.ts'
import { holder } from '../credentials.ts'
import { newConsole } from '../support.ts'

const listed = async () => {
  const { json } = await (await holder(newConsole(), 'viewer', ['shop'])).send('GET', '/api/providers')
  return json['providers'] as {
    name: string
    nameless: string | null
    slots: { slot: string; made_here: boolean; verifies: boolean }[]
  }[]
}

it('are all of them, with all their slots', async () => {
  const slots = (names: readonly string[]) => names.toSorted()
  expect((await listed()).map(({ name, slots: all }) => [name, slots(all.map(({ slot }) => slot))])).toEqual(
    PROVIDERS.map(({ name, secrets }) => [name, slots(Object.keys(secrets))]),
  )
})

it.each([
  ['sendgrid', 'public_key', { kind: 'ecdsa-p256-public', made_here: false, verifies: true }],
  ['postmark', 'basic_auth', { kind: 'basic', made_here: true, verifies: true }],
  ['postmark', 'esp_api_token', { kind: 'text', made_here: false, verifies: false }],
  ['mandrill', 'webhook_url', { made_here: false, verifies: false }],
  ['generic', 'hmac', { made_here: true, verifies: true }],
])('say of %s %s who makes it, and whether it verifies', async (name, slot, facts) => {
  const one = (await listed()).find((provider) => provider.name === name)
  expect(one?.slots.find((found) => found.slot === slot)).toMatchObject(facts)
})

it('say why some events name nobody', async () => {
  const all = await listed()
  const nameless = (name: string) => all.find((one) => one.name === name)?.nameless
  expect([nameless('braze'), nameless('sendgrid')]).toEqual([
    expect.stringContaining('Let Braze suppress'),
    null,
  ])
})

it('have what to click at the ESP, where that was read', async () => {
  const all = await listed()
  expect(all.find(({ name }) => name === 'sendgrid')).toMatchObject({
    title: 'SendGrid',
    setup: { slot: 'public_key', read_on: expect.stringMatching(/^20\d\d-/), steps: expect.any(Array) },
  })
  expect(all.find(({ name }) => name === 'cloudflare-email')).toMatchObject({ slots: [], setup: null })
})
