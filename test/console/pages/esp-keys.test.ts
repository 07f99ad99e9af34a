/** The key of an ESP's API in the pages: its rights where it is pasted, how the webhook stands, and what a person does by hand. */
import { beforeEach, describe, expect, it } from 'vitest'
import type { WebhookReport } from '../../../src/api/webhooks.ts'
import { espAccountObjects } from '../../support/esp-accounts.ts'
import { incident, incidentsKept } from '../../support/incidents.ts'
import { emptyStore } from '../../support/store.ts'
import { type TestConsole, migrate, newConsole } from '../support.ts'
import { type Visitor, textOf, visitor } from './visitor.ts'

const RIGHT: WebhookReport = {
  checked_at: '2026-12-01T10:00:00.000Z',
  answered_at: '2026-12-01T10:00:00.000Z',
  differences: [],
  webhook: {
    id: '7',
    url: 'https://gate.example/hooks/shop',
    enabled: true,
    types: ['delivered'],
    signed: true,
    last_error: null,
    delivered: null,
    failed: null,
  },
  others: 0,
  problem: null,
  key_can_also: null,
  can_mend: true,
}
const ABSENT: WebhookReport = {
  ...RIGHT,
  webhook: null,
  differences: [{ code: 'absent', says: 'there is no webhook' }],
}
const KEY = 'a-key-of-the-api-of-an-esp'

let report: WebhookReport | null
let checked: number
let asked: unknown[]
let here: TestConsole
let someone: Visitor
let form_token: string

beforeEach(async () => {
  await migrate()
  await emptyStore()
  report = null
  checked = 0
  asked = []
  const object = espAccountObjects({
    webhook: async () => report,
    async mend(plan, _who, of) {
      asked.push([plan, of])
      return (
        report && {
          ok: true,
          done: !plan,
          steps: report.differences.map(({ says }) => says),
          of: 'digest',
          givesPassword: false,
          report,
        }
      )
    },
    async check() {
      checked++
      return report
    },
  })
  here = newConsole({ ESP_ACCOUNTS: object })
  someone = visitor(here)
  form_token = await someone.enter()
})

const add = (provider: string, secrets?: object) =>
  here.api('PUT', '/api/sources/shop', { provider, ...(secrets && { secrets }) })
const ROTATE = '/sources/shop/secrets/esp_api_token/rotate'

describe('a source without a key', () => {
  it.each([
    ['mailgun', /role Support ?: past events, suppressions/, false],
    ['postmark', /has all rights ?: to look at the webhook, to mend it, past events, suppressions/, true],
    ['ses', /ACCESS_KEY_ID:SECRET_ACCESS_KEY/, false],
  ])('of %s says what a key needs where it is pasted', async (provider, rights, canSend) => {
    await add(provider)
    for (const path of ['/sources/shop', '/sources/shop/setup', ROTATE]) {
      const text = await someone.text(path)
      expect(text).toMatch(rights)
      expect(text.includes('can also send mail')).toBe(canSend)
    }
    expect(await someone.html('/sources/shop')).toContain(`href="${ROTATE}"`)
    expect(await someone.html('/sources/shop/setup')).toContain(`href="${ROTATE}?from=setup"`)
  })

  it.each([
    ['', '/sources/shop?notice=key_added'],
    ['?from=setup', '/sources/shop/setup?notice=key_added'],
  ])('gets one by the dialog %j, which asks the ESP at once', async (query, leadsTo) => {
    await add('sparkpost')
    const form = await someone.html(`${ROTATE}${query}`)
    expect(form).toContain(`action="${ROTATE}${query}"`)
    const seen = /name="seen" value="(\d+)"/.exec(form)?.[1] ?? ''
    const done = await someone.post(`${ROTATE}${query}`, { form_token, value: KEY, seen })
    expect([done.status, done.headers.get('location')]).toEqual([303, leadsTo])
    expect(checked).toBe(1)
    const page = await someone.html(leadsTo)
    expect(textOf(page)).toContain('The key is saved.')
    expect(page).not.toContain(KEY)
  })

  it('has no dialog for one where Postern knows no API', async () => {
    await here.api('PUT', '/api/sources/unasked', { provider: 'braze' })
    expect((await someone.get(ROTATE.replace('shop', 'unasked'))).status).toBe(404)
    expect(await someone.html('/sources/unasked')).not.toContain('At the ESP')
  })
})

describe('a source with a key', () => {
  beforeEach(() => add('sparkpost', { esp_api_token: KEY }))

  it('of which the ESP was not asked yet says so', async () => {
    expect(await someone.text('/sources/shop')).toContain('The ESP was not asked yet.')
  })

  it('has in its set-up the button that makes the webhook, and is done once it is right', async () => {
    report = ABSENT
    const setup = await someone.html('/sources/shop/setup')
    expect(textOf(setup)).toContain('There is no webhook')
    expect(setup).toContain('href="/sources/shop/mend?from=setup"')
    const mend = '/sources/shop/mend?from=setup'
    const dialog = await someone.html(mend)
    expect(dialog).toContain(`action="${mend}"`)
    expect(textOf(dialog)).toMatch(/The ESP says now: There is no webhook/)
    expect(dialog).toContain('name="plan_of" value="digest"')
    await someone.post(mend, { form_token, plan_of: 'digest' })
    expect(asked.at(-1)).toEqual([false, 'digest'])
    report = RIGHT
    expect(await someone.html('/sources/shop/setup')).toMatch(
      /<li id="api" class="done">.*<li id="esp" class="done">/s,
    )
  })

  it('that the ESP refuses offers to bring another, and says nothing of the webhook', async () => {
    const problem = { code: 'key_refused', status: 401, says: 'the ESP does not take the key' }
    report = { ...ABSENT, answered_at: null, differences: [], problem }
    const html = await someone.html('/sources/shop')
    expect(html).toContain(`href="${ROTATE}">Bring another key`)
    expect(textOf(html)).not.toContain('none that is ours')
  })

  it('says what to click where the API cannot make the webhook', async () => {
    report = { ...ABSENT, can_mend: false }
    const text = await someone.text('/sources/shop')
    expect(text).toMatch(/By hand: .*Webhooks.* All steps/)
    expect(await someone.html('/sources/shop')).not.toContain('/sources/shop/mend')
  })
})

it.each([
  ['silence', true],
  ['webhook_off', true],
  ['brute_force', false],
] as const)('an incident of %s says where to look by hand: %s', async (kind, isSaid) => {
  const open = incident({ kind, subject: 'shop', source: null })
  const console = newConsole({
    ESP_ACCOUNTS: espAccountObjects(),
    INCIDENTS: incidentsKept([open]),
  })
  await console.api('PUT', '/api/sources/shop', { provider: 'braze' })
  const person = visitor(console)
  await person.enter()
  const text = await person.text(`/incidents/${open.number}`)
  expect(/By hand: .* All steps/.test(text)).toBe(isSaid)
})

it('tells programs what a key needs', async () => {
  const { providers } = (await here.api('GET', '/api/providers')).json as {
    providers: { name: string; api_key: unknown }[]
  }
  const keyOf = (wanted: string) => providers.find(({ name }) => name === wanted)?.api_key
  expect(keyOf('braze')).toBeNull()
  expect(keyOf('ses')).toMatchObject({ form: 'ACCESS_KEY_ID:SECRET_ACCESS_KEY', can_send: false })
  expect(keyOf('resend')).toEqual({
    form: null,
    rights: [
      {
        right: 'Full access',
        for: ['to look at the webhook', 'to mend it', 'past events', 'suppressions'],
      },
    ],
    can_send: true,
  })
})
