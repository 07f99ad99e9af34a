import { beforeAll, expect, it } from 'vitest'
import type { MailEvent } from '../../../src/event/mail-event.ts'
import { compressed } from '../../../src/event/original/original.ts'
import { consumeEvents, consumerDeps } from '../../support/consumer.ts'
import { NOON_MS, mailEvent } from '../../support/mail-events.ts'
import { emptyStore } from '../../support/store.ts'
import { holder } from '../credentials.ts'
import { newConsole, store } from '../support.ts'

const ITEM = { event: 'open', about: 'carl@example.com', from: 'shop@example.com' }
const originalOf = (id: string) => `/api/events/${id}/original`
const lines = async (here: ReturnType<typeof newConsole>) =>
  ((await here.api('GET', '/api/audit?action=original.read')).json['entries'] as { target: string }[]).map(
    ({ target }) => target,
  )
let ofCarl: MailEvent

beforeAll(async () => {
  ofCarl = await mailEvent({
    type: 'email.clicked',
    atMs: NOON_MS,
    recipient: 'carl@example.com',
    source: 'x',
  })
  const original = compressed(ITEM) ?? ''
  const deps = consumerDeps(await emptyStore())
  await consumeEvents(deps, [{ ...ofCarl, original }])
  await consumeEvents(deps, [await mailEvent({ type: 'email.sent', atMs: NOON_MS, source: 'plain' })])
  const { json } = await newConsole().api('GET', '/api/events?source=x')
  ofCarl = (json['events'] as MailEvent[])[0] ?? ofCarl
})

it('is given to operators, with a line of the audit log', async () => {
  const here = newConsole()
  const operator = await holder(here, 'operator')
  const { status, json } = await operator.send('GET', originalOf(ofCarl.id))
  expect([status, json]).toEqual([200, { state: 'kept', original: ITEM }])
  expect(await lines(here)).toEqual([`event/${ofCarl.id}`])
})

it('is refused to viewers, and not found by another id', async () => {
  const here = newConsole()
  const before = await lines(here)
  const viewer = await holder(here, 'viewer')
  expect((await viewer.send('GET', originalOf(ofCarl.id))).status).toBe(403)
  expect((await here.api('GET', originalOf('f'.repeat(44)))).json['code']).toBe('event_unknown')
  expect(await lines(here)).toEqual(before)
})

it('of an event without one is none, and of damaged bytes unreadable: the event stands', async () => {
  const here = newConsole()
  const [{ id }] = (await here.api('GET', '/api/events?source=plain')).json['events'] as [MailEvent]
  expect((await here.api('GET', originalOf(id))).json).toEqual({ state: 'none', original: null })
  await store.db.prepare(`UPDATE segments SET originals = '["AAAA"]' WHERE originals IS NOT NULL`).run()
  expect((await here.api('GET', originalOf(ofCarl.id))).json).toEqual({
    state: 'unreadable',
    original: null,
  })
  expect((await here.api('GET', `/api/events/${ofCarl.id}`)).status).toBe(200)
})
