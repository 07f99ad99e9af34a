import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { emptyStore } from '../../support/store.ts'
import { WHO } from '../../support/who.ts'
import { newConsole } from '../support.ts'
import { textOf, visitor } from './visitor.ts'

beforeEach(emptyStore)

async function entered() {
  const here = newConsole()
  const someone = visitor(here)
  const form_token = await someone.enter()
  return { here, someone, form_token }
}

/** Fields of the form as it is loaded, hidden ones and those that are typed into. */
function fieldsOf(html: string): Record<string, string> {
  const form = /<form method="post" action="\/retention\/edit".*?<\/form>/s.exec(html)?.[0] ?? ''
  return Object.fromEntries(
    [...form.matchAll(/<input ([^>]*)>/g)].flatMap(([, attributes = '']) => {
      const of = (name: string) => new RegExp(`(?:^| )${name}="([^"]*)"`).exec(attributes)?.[1]
      if (of('type') === 'checkbox' && !/ checked/.test(attributes)) return []
      return [[of('name') ?? '', of('value') ?? '']]
    }),
  )
}

const retention = () => env.REGISTRY.getByName('registry').retention

describe('the form of retention', () => {
  it('shows a plan, asks for a reason, and then saves', async () => {
    const { someone, form_token } = await entered()
    const loaded = fieldsOf(await someone.html('/retention/edit'))
    expect(loaded).toMatchObject({ events: '400', audit: 'no limit', 'was.events': '400' })
    const changed = { ...loaded, form_token, events: '200', refusals: '3', 'events_by_type.email.opened': '30', hold_source: 'shop', hold_reason: 'dispute 4711' } // prettier-ignore
    const plan = await (await someone.post('/retention/edit', changed)).text()
    expect(textOf(plan)).toContain('This keeps less than before.')
    expect(textOf(plan)).toMatch(/refusals refusals 30 3 /)
    expect((await retention().read()).settings.events).toBe(400)
    const planned = fieldsOf(plan)
    expect((await someone.post('/retention/edit', planned)).status).toBe(422)
    const saved = await someone.post('/retention/edit', { ...planned, reason: 'new policy' })
    expect([saved.status, saved.headers.get('location')]).toEqual([303, '/system?notice=changed'])
    const { settings, holds } = await retention().read()
    expect(settings).toMatchObject({ events: 200, refusals: 3, audit: null, events_by_type: { 'email.opened': 30 } }) // prettier-ignore
    expect(holds).toMatchObject([{ source: 'shop', reason: 'dispute 4711' }])
    expect(await someone.text('/system?notice=changed')).toMatch(/Retention is changed\..+Held 1 case/)
    const page = await someone.text('/retention/settings')
    for (const shown of ['dispute 4711', 'email.opened', '30 days']) expect(page).toContain(shown)
  })

  it('ends a hold whose box is empty', async () => {
    const { someone, form_token } = await entered()
    await retention().put({ holds: [{ source: 'shop', reason: 'a case' }] }, WHO, null)
    const loaded = fieldsOf(await someone.html('/retention/edit'))
    expect(loaded['holds.source.shop']).toBe('yes')
    const { 'holds.source.shop': _held, ...without } = loaded
    const ended = { ...without, form_token, planned: 'yes', reason: 'settled' }
    expect((await someone.post('/retention/edit', ended)).status).toBe(303)
    expect((await retention().read()).holds).toEqual([])
  })

  it.each([
    ['refusals', 'soon', 'Write a number of days'],
    ['refusals', '', 'Write a number of days'],
    ['audit', '3', 'Must be at least 30.'],
    ['backups', 'no limit', 'Must be from 1 to 30.'],
    ['events_by_type.email.opened', 'x', 'Write a number of days'],
    ['hold_reason', 'nothing held', 'Must name either a source or a person.'],
    ['hold_person', 'nobody', 'Must be an email address.'],
  ])('says what is wrong at its field: %s %s', async (name, value, problem) => {
    const { someone, form_token } = await entered()
    const loaded = fieldsOf(await someone.html('/retention/edit'))
    const response = await someone.post('/retention/edit', {
      ...loaded,
      form_token,
      events: '77',
      [name]: value,
    })
    expect(response.status).toBe(422)
    const html = await response.text()
    expect(html).toContain('<title>Error: ')
    expect(html).toContain(problem)
    expect(html).toMatch(/value="77"/)
    expect(html).toMatch(/aria-invalid="true"/)
  })

  it('shows both versions if somebody else has changed it', async () => {
    const { someone, form_token } = await entered()
    const loaded = fieldsOf(await someone.html('/retention/edit'))
    await retention().put({ events: 500 }, WHO, null)
    const response = await someone.post('/retention/edit', { ...loaded, form_token, quarantine: '91' })
    expect(response.status).toBe(409)
    const html = await response.text()
    expect(textOf(html)).toMatch(/events 400 500 changed 400/)
    expect(textOf(html)).toMatch(/quarantine 90 90 91 changed/)
    const plan = await (await someone.post('/retention/edit', fieldsOf(html))).text()
    const saved = await someone.post('/retention/edit', { ...fieldsOf(plan), reason: 'both' })
    expect(saved.status).toBe(303)
    expect((await retention().read()).settings).toMatchObject({ events: 500, quarantine: 91 })
  })
})
