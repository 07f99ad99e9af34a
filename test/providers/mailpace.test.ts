import { describe, expect, it } from 'vitest'
import { mailpace as sender, mailpaceId } from '../../src/simulator/senders/mailpace.ts'
import { mailpace } from '../../src/providers/mailpace.ts'
import { readAll } from './reading.ts'
import { describeProvider } from './suite.ts'

describeProvider(sender, mailpace, { signsTime: false, batches: false, messageId: mailpaceId })

const bounced = (payload: object) => ({
  event: 'email.bounced',
  payload: { id: 7, to: 'ada@example.com', updated_at: '2026-01-02T03:04:05.678Z', ...payload },
})

describe('MailPace events', () => {
  it.each([
    ['one recipient', { to: 'Ada <ada@example.com>' }, [['ada@example.com', 'hard']]],
    [
      'several recipients, of which the bounced one is unknown',
      { to: '"Lovelace, Ada" <ada@example.com>, bo@example.com' },
      [
        ['ada@example.com', 'undetermined'],
        ['bo@example.com', 'undetermined'],
      ],
    ],
    [
      'a copy to somebody, who may be the one that bounced',
      { to: 'ada@example.com', cc: 'bo@example.com', bcc: null },
      [['ada@example.com', 'undetermined']],
    ],
    [
      'a blind copy to somebody',
      { to: 'ada@example.com', bcc: 'bo@example.com' },
      [['ada@example.com', 'undetermined']],
    ],
    ['no recipient', { to: null }, [[null, 'hard']]],
  ])('of a message with %s', async (_what, payload, expected) => {
    const events = await readAll(mailpace, bounced(payload))
    expect(events.map(({ recipient, bounce_type }) => [recipient, bounce_type])).toEqual(expected)
    expect(new Set(events.map(({ id }) => id)).size).toBe(expected.length)
  })

  it("have the time of the message's last change", async () => {
    const [event] = await readAll(mailpace, bounced({ created_at: '2026-01-01T00:00:00.000Z' }))
    expect(event?.occurred_at).toBe('2026-01-02T03:04:05.678Z')
  })

  it('have the tags of the message', async () => {
    const [event] = await readAll(mailpace, bounced({ tags: ['welcome', 'shop'] }))
    expect(event?.tags).toEqual(['welcome', 'shop'])
  })

  it('of the spam filter are no complaint', async () => {
    const [event] = await readAll(mailpace, { ...bounced({}), event: 'email.spam' })
    expect(event).toMatchObject({ type: 'email.rejected', reject_reason: 'spam', bounce_type: null })
  })
})
