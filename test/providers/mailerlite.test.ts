import { describe, expect, it } from 'vitest'
import { mailerlite as sender } from '../../src/simulator/senders/mailerlite.ts'
import { mailerlite } from '../../src/providers/mailerlite.ts'
import { identityOf, open, readItem } from './natives.ts'
import { describeProvider } from './suite.ts'

describeProvider(sender, mailerlite, {
  signsTime: false,
  batches: true,
  // Its events are about a subscriber and name no message.
  messageId: () => null,
  poison: (body) => body.replace('"events":[', '"events":[null,'),
  unreadable: [{}, { subscriber: {} }],
})

const SUBSCRIBER = {
  id: '112375610569918142',
  email: 'ada@example.com',
  status: 'active',
  ip_address: '192.0.2.7',
  subscribed_at: '2026-08-27T15:06:41.000000Z',
  unsubscribed_at: '2026-08-27T15:10:00.000000Z',
  updated_at: '2026-08-27T15:11:00.000000Z',
  fields: { name: 'Ada', phone: '+4917612345678' },
}
const ACCOUNT = { account_id: 2_599_924, api_version: '2025-05' }
const flat = (event: string, change: object = {}) => ({ ...SUBSCRIBER, ...change, event, ...ACCOUNT })
const nested = (type: string, more: object) => ({ type, subscriber: SUBSCRIBER, ...more, ...ACCOUNT })
const GROUP = { group: { id: '196965768156415638', name: 'News' } }
const CAMPAIGN = { campaign: { id: '100000000000000000', name: 'Of the week' } }

/** A name for each row. */
const named = <Row extends readonly [item: object, ...unknown[]]>(rows: readonly Row[]) =>
  rows.map((row) => [JSON.stringify(row[0]).replace(/.*"(?:event|type)":"([^"]+)".*/, '$1'), ...row] as const)

describe('MailerLite events', () => {
  it.each(named<readonly [object, object]>([
    [flat('subscriber.unsubscribed'), { type: 'email.unsubscribed', occurredAtMs: Date.parse('2026-08-27T15:10:00Z') }],
    [flat('subscriber.bounced', { status: 'bounced' }), { type: 'email.bounced', bounce_type: 'hard' }],
    [flat('subscriber.bounced'), { type: 'email.bounced', bounce_type: 'undetermined' }],
    [flat('subscriber.spam_reported'), { type: 'email.spam_reported' }],
    [flat('subscriber.unsubscribed', { unsubscribed_at: '2023-10-25 17:14:34' }), { occurredAtMs: Date.parse('2023-10-25T17:14:34Z') }],
    // An operator or an import may have done it.
    [flat('subscriber.active'), { type: 'email.unknown' }],
    [nested('subscriber.removed_from_group', GROUP), { type: 'email.unsubscribed', scope: 'group:196965768156415638' }],
    [nested('subscriber.added_to_group', GROUP), { type: 'email.subscribed', scope: 'group:196965768156415638' }],
    [nested('campaign.open', CAMPAIGN), { type: 'email.opened', campaign_id: '100000000000000000' }],
    [nested('campaign.click', CAMPAIGN), { type: 'email.clicked', campaign_id: '100000000000000000' }],
    [nested('subscriber.merged', {}), { type: 'email.unknown' }],
  ]))('%s', (_name, item, expected) => {
    expect(readItem(mailerlite, item)).toMatchObject([
      { recipient: 'ada@example.com', occurredAtMs: undefined, bounce_type: undefined, scope: undefined, ...expected },
    ])
  }) // prettier-ignore

  it.each(named<readonly [object]>([
    [flat('subscriber.created')],
    [flat('subscriber.updated')],
    [flat('subscriber.deleted')],
    [nested('subscriber.automation_triggered', { automation: { id: '1' } })],
    [nested('subscriber.automation_completed', { automation: { id: '1' } })],
    [{ id: '1', name: 'Of the week', total_recipients: 9, event: 'campaign.sent', ...ACCOUNT }],
  ]))('about no mail to a person are dropped: %s', (_name, item) => {
    expect(readItem(mailerlite, item)).toEqual([])
  }) // prettier-ignore

  it('leave names, telephone numbers and the address of the sign-up behind', () => {
    expect(JSON.stringify(readItem(mailerlite, flat('subscriber.unsubscribed')))).toContain('ada@example.com')
    const [draft] = readItem(mailerlite, flat('subscriber.unsubscribed')) ?? []
    const { identity: _, ...stored } = draft ?? { identity: [] }
    expect(JSON.stringify(stored)).not.toMatch(/Ada|\+49|192\.0\.2/)
  })

  it('are the same event on a retry, and another one for another group', () => {
    const one = nested('subscriber.removed_from_group', GROUP)
    expect(identityOf(mailerlite, { ...one })).toEqual(identityOf(mailerlite, one))
    expect(identityOf(mailerlite, { ...one, group: { id: '2' } })).not.toEqual(identityOf(mailerlite, one))
  })

  it('come alone or in a list', () => {
    const items = [flat('subscriber.bounced'), nested('campaign.open', CAMPAIGN)]
    expect(open(mailerlite, JSON.stringify({ events: items, total: 2 }))).toEqual({ kind: 'items', items })
    expect(open(mailerlite, JSON.stringify({ events: [], total: 0 }))).toEqual({ kind: 'items', items: [] })
    expect(open(mailerlite, JSON.stringify(items[0]))).toEqual({ kind: 'items', items: items.slice(0, 1) })
    expect(open(mailerlite, JSON.stringify(items))).toEqual({ kind: 'unreadable' })
  })
})
