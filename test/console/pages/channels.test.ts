/** The list of channels, and the forms that create, change, test, pause and remove them. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { CHANNEL_KINDS } from '../../../src/channels/index.ts'
import type { ConsoleIncidents } from '../../../src/console/env.ts'
import { incidentObjects } from '../../support/incidents.ts'
import { migrate, newConsole } from '../support.ts'
import { lastLine, logIn, textOf } from './visitor.ts'

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
  const { someone, form_token } = await logIn(here, role)
  objects.calls.length = 0
  return { here, objects, someone, form_token }
}

beforeEach(async () => {
  const here = newConsole()
  const { json } = await here.api('GET', '/api/channels')
  for (const { name } of json['channels'] as { name: string }[])
    await here.api('DELETE', `/api/channels/${name}`)
})

describe('the list', () => {
  it('says that nobody is told yet', async () => {
    const { someone } = await entered()
    expect(await someone.text('/channels')).toContain('Nobody is told about incidents yet.')
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
    expect(await someone.text('/channels')).toContain(`ops Slack ${state}`)
  })
})

describe('the form', () => {
  it.each(CHANNEL_KINDS)('for %s begins with the settings that it needs', async (kind) => {
    const { someone } = await entered()
    const html = await someone.html(`/channels/new/${kind}`)
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
    expect(objects.calls.filter((call) => call !== 'list')).toEqual(['channelsChanged'])
    const edit = await someone.html('/channels/new/edit')
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
    expect(await lastLine(here)).toMatchObject({ target: 'channel/new', reason: 'moved' })
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
      const page = await someone.html('/channels/ops')
      expect(page).toContain(`action="/channels/ops/${other}"`)
      for (const shown of [page, await someone.html('/channels')])
        expect(textOf(shown).includes('Nobody is told anything until it is resumed.')).toBe(
          action === 'pause',
        )
    }
  })

  it.each([
    ['tested', { delivered: true, error: null, status: null }],
    ['test_failed', { delivered: false, error: 'No.', status: 404 }],
  ] as const)('to test says %s', async (notice, tested) => {
    const { here, objects, someone, form_token } = await entered(
      { testChannel: async () => tested },
      'operator',
    )
    await here.api('PUT', '/api/channels/ops', SLACK)
    const answer = await someone.post('/channels/ops/test', { form_token })
    expect(answer.headers.get('location')).toBe(`/channels/ops?notice=${notice}`)
    expect(objects.calls).toContain('testChannel ops')
    expect(await lastLine(here)).toMatchObject({ action: 'channel.tested' })
    expect(await someone.html(`/channels/ops?notice=${notice}`)).toMatch(/role="(status|alert)"/)
  })
})
