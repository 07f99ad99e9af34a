/** The list of channels, the page of one, and the forms that create, change, test and remove them. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { CHANNEL_KINDS } from '../../../src/channels/index.ts'
import type { ConsoleIncidents } from '../../../src/console/env.ts'
import { incidentObjects } from '../../support/incidents.ts'
import { holder } from '../credentials.ts'
import { migrate, newConsole } from '../support.ts'
import { formTokenOf, visitor } from './visitor.ts'

beforeAll(migrate)

const SECRET = 'hV8sWqLr2nJx5Kd'
const WEBHOOK_URL = `https://hooks.slack.com/services/T0AAA/B0BBB/${SECRET}`
const SLACK = { kind: 'slack', secrets: { webhook_url: WEBHOOK_URL } }
const MAIL = { kind: 'mail', from: 'postern@example.com', to: ['ada@example.com'] }

/** Somebody in front of a console whose object of incidents answers so. */
async function entered(
  answers: Partial<ConsoleIncidents> = {},
  role: 'viewer' | 'operator' | 'admin' = 'admin',
) {
  const objects = incidentObjects(answers)
  const here = newConsole({ INCIDENTS: objects })
  const { token } = await holder(here, role)
  const someone = visitor(here)
  await someone.post('/login', { token })
  const form_token = formTokenOf(await (await someone.get('/')).text())
  objects.calls.length = 0
  return { here, objects, someone, form_token }
}

beforeEach(async () => {
  const here = newConsole()
  const { json } = await here.api('GET', '/api/channels')
  for (const { name } of json['channels'] as { name: string }[])
    await here.api('DELETE', `/api/channels/${name}`)
})

const textOf = (html: string): string => html.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ')

describe('the list', () => {
  it('says that nobody is told yet, and offers every kind', async () => {
    const { someone } = await entered()
    const html = await (await someone.get('/channels')).text()
    expect(html).toContain('Nobody is told about incidents yet.')
    for (const kind of CHANNEL_KINDS) expect(html).toContain(`href="/channels/new/${kind}"`)
  })

  it.each([
    ['unused', {}],
    ['working', { lastSuccessMs: 1 }],
    ['failing', { failures: 2, failingSinceMs: 1 }],
    ['broken', { failures: 9, failingSinceMs: 1, isBroken: true }],
  ])('shows that a channel is %s', async (state, change) => {
    const status = { name: 'ops', failures: 0, failingSinceMs: null, lastSuccessMs: null, lastError: null, isBroken: false } // prettier-ignore
    const { here, someone } = await entered({ channelStatus: async () => [{ ...status, ...change }] })
    await here.api('PUT', '/api/channels/ops', SLACK)
    expect(textOf(await (await someone.get('/channels')).text())).toContain(`ops Slack ${state}`)
  })

  it('shows channels also if the object that sends does not answer', async () => {
    const { here, someone } = await entered({ channelStatus: () => Promise.reject(new Error('down')) })
    await here.api('PUT', '/api/channels/ops', SLACK)
    expect(textOf(await (await someone.get('/channels')).text())).toContain('ops Slack unknown')
    expect(textOf(await (await someone.get('/channels/ops')).text())).toContain('did not answer')
  })

  it('and its pages are closed to a token for some sources', async () => {
    const here = newConsole()
    const { token } = await holder(here, 'operator', ['own'])
    const someone = visitor(here)
    await someone.post('/login', { token })
    expect((await someone.get('/channels')).status).toBe(403)
    expect(await (await someone.get('/')).text()).not.toContain('href="/channels"')
  })
})

describe('the page of one', () => {
  it('shows settings, which secrets are stored, and the last error', async () => {
    const lastError = { error: 'Slack answered 404: no_service <b>.', status: 404, atMs: 1 }
    const status = { name: 'ops', failures: 3, failingSinceMs: 1, lastSuccessMs: null, lastError, isBroken: false } // prettier-ignore
    const { here, someone } = await entered({ channelStatus: async () => [status] })
    await here.api('PUT', '/api/channels/ops', { ...SLACK, quiet_hours: { from: '22:00', to: '07:00', time_zone: 'Europe/Berlin' } }) // prettier-ignore
    const html = await (await someone.get('/channels/ops')).text()
    expect(html).not.toContain(SECRET)
    const text = textOf(html)
    for (const shown of [
      'Slack answered 404: no_service &lt;b&gt;.',
      'Its status 404',
      'webhook_url stored',
      'Europe/Berlin',
    ])
      expect(text).toContain(shown)
  })

  it('shows a viewer neither addresses nor buttons, and an operator the test and the pause', async () => {
    const { here, someone } = await entered({}, 'viewer')
    await here.api('PUT', '/api/channels/team', MAIL)
    const html = await (await someone.get('/channels/team')).text()
    expect(html).not.toContain('ada@example.com')
    expect(html).not.toMatch(/\/channels\/team\/(test|pause|edit|remove)/)
    const operator = await entered({}, 'operator')
    const seen = await (await operator.someone.get('/channels/team')).text()
    expect(seen).toContain('ada@example.com')
    expect([...seen.matchAll(/\/channels\/team\/(\w+)/g)].map(([, verb]) => verb)).toEqual(['test', 'pause'])
  })

  it.each(['/channels/none', '/channels/none/edit', '/channels/none/remove', '/channels/new/fax'])(
    '%s is not found',
    async (path) => {
      const { someone } = await entered()
      expect((await someone.get(path)).status).toBe(404)
    },
  )
})

describe('the form', () => {
  it.each(CHANNEL_KINDS)('for %s begins with the settings that it needs', async (kind) => {
    const { someone } = await entered()
    const html = await (await someone.get(`/channels/new/${kind}`)).text()
    const [, settings = ''] = /<textarea[^>]*>([\s\S]*?)<\/textarea>/.exec(html) ?? []
    expect(JSON.parse(settings.replaceAll('&quot;', '"'))).toMatchObject({ minimum_severity: 'warning' })
  })

  it('creates a channel named new, keeps its secret, changes it and removes it', async () => {
    const { here, objects, someone, form_token } = await entered()
    const created = await someone.post('/channels/new/slack', {
      form_token,
      name: 'new',
      settings: '{"minimum_severity": "error"}',
      'secret.webhook_url': ` ${WEBHOOK_URL}\r\n`,
    })
    expect(created.headers.get('location')).toBe('/channels/new?notice=created')
    expect(objects.calls).toEqual(['channelsChanged'])
    const edit = await (await someone.get('/channels/new/edit')).text()
    expect(edit).not.toContain(SECRET)
    expect(edit).toContain('stored; empty: it stays')
    const version = /name="version" value="(\d+)"/.exec(edit)?.[1] ?? ''
    const changed = await someone.post('/channels/new/edit', {
      form_token,
      version,
      settings: '{"reminder_seconds": 0}',
    })
    expect(changed.headers.get('location')).toBe('/channels/new?notice=changed')
    expect((await here.api('GET', '/api/channels/new')).json).toMatchObject({
      kind: 'slack',
      minimum_severity: 'warning',
      reminder_seconds: 0,
      secrets: { webhook_url: { stored: true } },
    })
    // The page was made before the change.
    const late = await someone.post('/channels/new/edit', { form_token, version, settings: '{}' })
    expect(late.status).toBe(412)
    expect(await late.text()).toContain('Nothing was changed.')
    const removed = await someone.post('/channels/new/remove', { form_token, reason: 'moved' })
    expect(removed.headers.get('location')).toBe('/channels?notice=removed')
    const { json } = await here.api('GET', '/api/audit?limit=1')
    expect(json).toMatchObject({ entries: [{ target: 'channel/new', reason: 'moved' }] })
  })

  it.each<[string, Record<string, string>, string]>([
    ['no name', { name: '' }, 'A channel name has'],
    ['no JSON', { settings: '{"a"' }, 'Must be a JSON object.'],
    ['a list', { settings: '[]' }, 'Must be a JSON object.'],
    ['a secret among the settings', { settings: '{"secrets": {}}' }, 'fields of their own'],
    ['an unknown setting', { settings: '{"colour": 1}' }, 'colour'],
    ['no secret', { 'secret.webhook_url': ' ' }, 'Must be set.'],
    ['a wrong secret', { 'secret.webhook_url': `https://example.com/${SECRET}` }, 'secrets.webhook_url'],
    ['the name of another', { name: 'taken' }, 'There is a channel of this name already.'],
  ])('refuses %s, keeps what was typed, and shows no secret', async (_what, change, says) => {
    const { here, someone, form_token } = await entered()
    await here.api('PUT', '/api/channels/taken', MAIL)
    const fields = {
      form_token,
      name: 'ops',
      settings: '{"grouping_seconds": 7}',
      'secret.webhook_url': WEBHOOK_URL,
    }
    const answer = await someone.post('/channels/new/slack', { ...fields, ...change })
    expect([412, 422]).toContain(answer.status)
    const html = await answer.text()
    expect(textOf(html)).toContain(says)
    expect(html).toContain(change['settings'] === undefined ? 'grouping_seconds' : 'id="settings"')
    expect(html).not.toContain(SECRET)
    expect(((await here.api('GET', '/api/channels')).json['channels'] as unknown[]).length).toBe(1)
  })

  it('to pause and to resume say so, and the pages show it', async () => {
    const { here, someone, form_token } = await entered({}, 'operator')
    await here.api('PUT', '/api/channels/ops', SLACK)
    for (const [action, notice, other] of [
      ['pause', 'paused', 'resume'],
      ['resume', 'resumed', 'pause'],
    ] as const) {
      const answer = await someone.post(`/channels/ops/${action}`, { form_token })
      expect(answer.headers.get('location')).toBe(`/channels/ops?notice=${notice}`)
      const page = await (await someone.get('/channels/ops')).text()
      expect(page).toContain(`action="/channels/ops/${other}"`)
      for (const shown of [page, await (await someone.get('/channels')).text()])
        expect(textOf(shown).includes('Nobody is told anything until it is resumed.')).toBe(
          action === 'pause',
        )
    }
  })

  it.each([
    ['tested', { ok: true }],
    ['test_failed', { ok: false, error: 'No.', status: 404 }],
  ] as const)('to test says %s', async (notice, tested) => {
    const { here, objects, someone, form_token } = await entered(
      { testChannel: async () => tested },
      'operator',
    )
    await here.api('PUT', '/api/channels/ops', SLACK)
    const answer = await someone.post('/channels/ops/test', { form_token })
    expect(answer.headers.get('location')).toBe(`/channels/ops?notice=${notice}`)
    expect(objects.calls).toContain('testChannel ops')
    expect((await here.api('GET', '/api/audit?limit=1')).json).toMatchObject({
      entries: [{ action: 'channel.tested' }],
    })
    expect(await (await someone.get(`/channels/ops?notice=${notice}`)).text()).toMatch(
      /role="(status|alert)"/,
    )
  })
})
