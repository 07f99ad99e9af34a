import { describe, expect, it } from 'vitest'
import { hasRequiredFields } from '../../src/event/required-fields.ts'
import { EVENT_TYPES, type MailEvent } from '../../src/event/mail-event.ts'
import { mailgun } from '../../src/providers/mailgun.ts'
import { mailtrap } from '../../src/providers/mailtrap.ts'
import { NOON_MS, mailEvent } from '../support/mail-events.ts'
import { sendgrid } from '../../src/providers/sendgrid.ts'
import { readBody } from '../providers/reading.ts'
import { utf8 } from '../../src/platform/bytes.ts'

const NOBODY = { message_id: null, recipient: null }
const SUBJECT: readonly MailEvent['type'][] = [
  'email.delivered',
  'email.bounced',
  'email.unsubscribed',
  'email.spam_reported',
  'email.deferred',
  'email.rejected',
  'email.failed',
  'email.subscribed',
  'email.autoresponded',
]
const ENGAGEMENT: readonly MailEvent['type'][] = ['email.opened', 'email.clicked']

const holds = async (type: MailEvent['type'], given: Partial<MailEvent>) =>
  hasRequiredFields(await mailEvent({ type, atMs: NOON_MS, ...NOBODY, ...given }))

describe('an event', () => {
  it.each(EVENT_TYPES)('%s holds enough with a recipient and a message', async (type) => {
    expect(await holds(type, { message_id: 'm-1', recipient: 'ada@example.com' })).toBe(true)
  })

  it.each(SUBJECT)('%s must name the message or the recipient', async (type) => {
    expect(await holds(type, {})).toBe(false)
    expect(await holds(type, { message_id: 'm-1' })).toBe(true)
    expect(await holds(type, { recipient: 'grüße@exämple.de' })).toBe(true)
    expect(await holds(type, { tags: ['a'], metadata: { a: 1 }, url: 'https://example.net' })).toBe(false)
  })

  it.each(ENGAGEMENT)('%s may be counted without', async (type) => {
    expect(await holds(type, {})).toBe(false)
    expect(await holds(type, { tags: ['a'] })).toBe(true)
    expect(await holds(type, { metadata: { a: 1 } })).toBe(true)
    expect(await holds(type, { campaign_id: 'c' })).toBe(true)
    expect(await holds(type, { provider_event_id: 'e' })).toBe(true)
  })

  it.each(EVENT_TYPES.filter((type) => ![...SUBJECT, ...ENGAGEMENT].includes(type)))(
    '%s need not say more than that it happened',
    async (type) => expect(await holds(type, {})).toBe(true),
  )
})

describe('an item that does not hold enough', () => {
  it('goes to quarantine alone, whole, with its reason', async () => {
    const sound = {
      event: 'delivered',
      email: 'ada@example.com',
      timestamp: 1_764_000_000,
      sg_message_id: 'm.1',
    }
    const hollow = { event: 'bounce', timestamp: 1_764_000_000, reason: '550 unknown' }
    const { events, quarantined } = await readBody(sendgrid, utf8(JSON.stringify([hollow, sound])))
    expect(events).toMatchObject([{ type: 'email.delivered', recipient: 'ada@example.com' }])
    expect(quarantined).toMatchObject([{ problem: 'payload_invalid', item: true }])
    expect(JSON.parse(atob(quarantined[0]?.body ?? ''))).toEqual(hollow)
  })

  it.each([
    ['a telephone number', '+4917612345678', [], ['payload_invalid']],
    ['a placeholder', 'undefined', [], ['payload_invalid']],
    ['half an address', '@example.com', [], ['payload_invalid']],
    ['a name and an address', 'Ada <ada@example.com>', ['ada@example.com'], []],
    // Certain is what happened, and not whom it concerns.
    ['several people', 'ada@example.com, bo@example.com', [null], []],
    ['several people by name', 'Ada <ada@example.com>; Bo <bo@example.com>', [null], []],
  ])(
    'is a bounce with %s as the recipient, or is stored under one person or nobody',
    async (_what, email, recipients, problems) => {
      const bounce = { event: 'bounce', timestamp: 1_764_000_000, email }
      const { events, quarantined } = await readBody(mailtrap, JSON.stringify(bounce))
      expect(events.map(({ recipient }) => recipient)).toEqual(recipients)
      expect(quarantined.map(({ problem }) => problem)).toEqual(problems)
    },
  )

  it('is a bounce of nobody, whichever provider says it', async () => {
    const body = { signature: {}, 'event-data': { event: 'failed', severity: 'permanent' } }
    const { events, quarantined } = await readBody(mailgun, utf8(JSON.stringify(body)))
    expect(events).toEqual([])
    expect(quarantined).toMatchObject([{ problem: 'payload_invalid' }])
  })
})
