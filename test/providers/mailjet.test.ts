import { describe, expect, it } from 'vitest'
import { mailjet as sender, mailjetId } from '../../src/simulator/senders/mailjet.ts'
import { utf8 } from '../../src/platform/bytes.ts'
import { mailjet } from '../../src/providers/mailjet.ts'
import { readItem } from './natives.ts'
import { readBody, readOne } from './reading.ts'
import { describeProvider } from './suite.ts'

describeProvider(sender, mailjet, { signsTime: false, batches: true, messageId: mailjetId })

const bounce = {
  event: 'bounce',
  time: 1_700_000_000,
  MessageID: 12_345,
  email: 'Ada <ada@example.com>',
  hard_bounce: true,
  error_related_to: 'recipient',
  error: 'user unknown',
}

describe('Mailjet events', () => {
  it('keep all digits of ids that a double would round', async () => {
    const body = utf8(
      '[{"event":"sent","time":1700000000,"MessageID":19421777835146490,"email":"a@example.com"},' +
        '{"event":"sent","time":1700000000,"MessageID":19421777835146491,"email":"a@example.com"}]',
    )
    const { events } = await readBody(mailjet, body)
    expect(events.map(({ message_id }) => message_id)).toEqual(['19421777835146490', '19421777835146491'])
  })

  it('are single in version 1, and none in an empty batch', async () => {
    expect(await readOne(mailjet, bounce)).toMatchObject({
      type: 'email.bounced',
      bounce_type: 'hard',
      message_id: '12345',
      recipient: 'ada@example.com',
      occurred_at: '2023-11-14T22:13:20.000Z',
    })
    expect(await readBody(mailjet, '[]')).toMatchObject({ events: [], quarantined: [] })
  })

  it.each([
    [{ hard_bounce: false }, { type: 'email.bounced', bounce_type: 'soft', reason: 'user unknown' }],
    [{ hard_bounce: null }, { type: 'email.bounced', bounce_type: 'undetermined' }],
    [
      { hard_bounce: false, error: 'greylisted' },
      { type: 'email.deferred', bounce_type: 'soft' },
    ],
    [
      { comment: '550 5.1.1 No such user' },
      { reason: '550 5.1.1 No such user', smtp_code: '550', enhanced_code: '5.1.1' },
    ],
    [{ error: '' }, { reason: 'recipient' }],
    [
      { event: 'blocked', error: 'preblocked' },
      { type: 'email.rejected', bounce_type: 'blocked', reject_reason: 'blocked' },
    ],
    [
      { event: 'blocked', error: 'duplicate in campaign', error_related_to: 'mailjet' },
      { reject_reason: 'other' },
    ],
    [
      { event: 'sent', error: '', error_related_to: '', smtp_reply: 'sent (250 2.0.0 OK)' },
      { type: 'email.delivered', reason: 'sent (250 2.0.0 OK)', smtp_code: '250', enhanced_code: '2.0.0' },
    ],
    [{ MessageID: undefined, Message_GUID: '5577705c' }, { message_id: '5577705c' }],
    [
      { customcampaign: 'spring', CustomID: 'c-1', mj_campaign_id: 7 },
      { tags: ['spring', 'c-1'], campaign_id: '7' },
    ],
    [{ mj_campaign_id: 0 }, { campaign_id: null }],
    [{ Payload: '{"order":1}' }, { metadata: { order: 1 } }],
    [{ Payload: 'free text' }, { metadata: { Payload: 'free text' } }],
    [
      { event: 'unsub', mj_list_id: 1, ip: '127.0.0.1', agent: 'UA' },
      { type: 'email.unsubscribed', client_ip: '127.0.0.1', user_agent: 'UA' },
    ],
  ])('with %o is read as %o', async (changes, expected) => {
    expect(await readOne(mailjet, { ...bounce, ...changes })).toMatchObject(expected)
  })

  it.each([
    ['unsub', 1, 'list:1'],
    ['unsub', '12', 'list:12'],
    ['unsub', 0, undefined],
    ['unsub', undefined, undefined],
    ['click', 1, undefined],
  ])('%s of the list %j holds for %s', (event, mj_list_id, scope) => {
    expect(readItem(mailjet, { event, mj_list_id })?.[0]?.scope).toBe(scope)
  })
})
