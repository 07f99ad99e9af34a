/** The list of channels, and the forms that create, change, test, pause and remove them. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { CHANNEL_KINDS, adapterOf } from '../../../src/channels/index.ts'
import type { ConsoleIncidents } from '../../../src/console/env.ts'
import { incidentObjects } from '../../support/incidents.ts'
import { migrate, newConsole } from '../support.ts'
import { lastLine, logIn, textOf } from './visitor.ts'

beforeAll(async () => {
  await migrate()
  await newConsole().api('PUT', '/api/sources/shop', { provider: 'postmark' })
})

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

/** Hidden fields of a form, as a browser sends them back. */
const hiddenIn = (html: string): Record<string, string> =>
  Object.fromEntries(
    [...html.matchAll(/type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(
      ([, name = '', value = '']): [string, string] => [name, value],
    ),
  )

beforeEach(async () => {
  const here = newConsole()
  const { json } = await here.api('GET', '/api/channels')
  for (const { name } of json['channels'] as { name: string }[])
    await here.api('DELETE', `/api/channels/${name}`)
})

describe('the list', () => {
  it('says that nobody is told yet', async () => {
    const { someone } = await entered()
    expect(await someone.text('/channels')).toContain(
      'Nobody is told about incidents yet. Choose how, below.',
    )
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
  it.each(CHANNEL_KINDS)('for %s has a field for each setting and secret', async (kind) => {
    const { someone } = await entered()
    const html = await someone.html(`/channels/new/${kind}`)
    const { entries, secrets } = adapterOf(kind)
    const names = [...Object.keys(entries), ...Object.keys(secrets).map((slot) => `secrets.${slot}`)]
    for (const name of [...names, 'reminder_seconds', 'sources', 'quiet_hours.time_zone'])
      expect(html).toContain(`name="${name}"`)
    expect(html).toMatch(/<option value="warning" selected/)
  })

  it('creates a channel named new, keeps its secret, changes it and removes it', async () => {
    const { here, objects, someone, form_token } = await entered()
    const form = new URLSearchParams({
      form_token,
      name: 'new',
      minimum_severity: 'error',
      sources: 'shop',
      'quiet_hours.from': '22:00',
      'quiet_hours.to': '07:00',
      'quiet_hours.time_zone': 'Europe/Berlin',
      'secrets.webhook_url': ` ${WEBHOOK_URL}\r\n`,
    })
    form.append('sources', 'news')
    const created = await someone.post('/channels/new/slack', form)
    expect(created.headers.get('location')).toBe('/channels/new?notice=created')
    expect(objects.calls.filter((call) => call !== 'list')).toEqual(['channelsChanged', 'channelStatus'])
    const edit = await someone.html('/channels/new/edit')
    expect(edit).not.toContain(SECRET)
    expect(edit).toContain('stored; empty: it stays')
    expect(edit).toMatch(
      /<option value="error" selected.+value="shop" checked.+value="news" checked.+value="Europe\/Berlin"/s,
    )
    expect(await someone.text('/channels/new')).toContain(
      'Quiet from 22:00 Quiet to 07:00 Time zone Europe/Berlin Not quiet from critical',
    )
    const loaded = hiddenIn(edit)
    const changed = await someone.post('/channels/new/edit', {
      ...loaded,
      form_token,
      minimum_severity: 'warning',
      reminder_seconds: '0',
    })
    expect(changed.headers.get('location')).toBe('/channels/new?notice=changed')
    const after = (await here.api('GET', '/api/channels/new')).json
    expect(after).toMatchObject({
      kind: 'slack',
      minimum_severity: 'warning',
      reminder_seconds: 0,
      secrets: { webhook_url: { stored: true } },
    })
    expect(after).not.toHaveProperty('quiet_hours')
    // The page was made before the change. Only what was typed is applied to the new version.
    const late = await someone.post('/channels/new/edit', {
      ...loaded,
      form_token,
      minimum_severity: 'error',
      reminder_seconds: '14400',
      sources: 'shop\nnews',
      grouping_seconds: '60',
    })
    expect(late.status).toBe(409)
    const conflict = await late.text()
    expect(textOf(conflict)).toContain('Somebody changed this while you were typing.')
    await someone.post('/channels/new/edit', { ...hiddenIn(conflict), form_token })
    expect((await here.api('GET', '/api/channels/new')).json).toMatchObject({
      minimum_severity: 'warning',
      reminder_seconds: 0,
      grouping_seconds: 60,
    })
    const removed = await someone.post('/channels/new/remove', { form_token, reason: 'moved' })
    expect(removed.headers.get('location')).toBe('/channels?notice=removed')
    expect(await lastLine(here)).toMatchObject({ target: 'channel/new', reason: 'moved' })
  })

  it.each<[string, Record<string, string>, string]>([
    ['no name', { name: '' }, 'A channel name has'],
    ['an unknown severity', { minimum_severity: 'loud' }, 'href="#minimum_severity"'],
    ['no number', { reminder_seconds: 'soon' }, 'href="#reminder_seconds"'],
    ['half of the quiet hours', { 'quiet_hours.from': '22:00' }, 'href="#quiet_hours.to"'],
    ['an unknown zone', { 'quiet_hours.time_zone': 'Mars' }, 'Must be the name of a time zone'],
    ['no secret', { 'secrets.webhook_url': ' ' }, 'Must be set.'],
    [
      'a wrong secret',
      { 'secrets.webhook_url': `https://example.com/${SECRET}` },
      'href="#secrets.webhook_url"',
    ],
    ['the name of another', { name: 'taken' }, 'There is one of this name already.'],
  ])('refuses %s at its field, keeps what was typed, and shows no secret', async (_what, change, says) => {
    const { here, someone, form_token } = await entered()
    await here.api('PUT', '/api/channels/taken', MAIL)
    const fields = {
      form_token,
      name: 'ops',
      grouping_seconds: '7',
      sources: 'typed-name',
      'secrets.webhook_url': WEBHOOK_URL,
    }
    const answer = await someone.post('/channels/new/slack', { ...fields, ...change })
    expect([412, 422]).toContain(answer.status)
    const html = await answer.text()
    expect(html).toContain('<title>Error: ')
    expect(html).toContain(says)
    expect(html).toContain('typed-name')
    expect(html).toMatch(/<option value="7" selected/)
    expect(html).not.toContain(SECRET)
    expect(((await here.api('GET', '/api/channels')).json['channels'] as unknown[]).length).toBe(1)
  })

  it('proposes another signing secret each time, and keeps none', async () => {
    const { someone } = await entered()
    const proposed = async () =>
      /whsec_[A-Za-z0-9+/]{40,}=*/.exec(await someone.html('/channels/new/webhook'))?.[0]
    const [one, other] = [await proposed(), await proposed()]
    expect(one).toBeDefined()
    expect(one).not.toBe(other)
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
