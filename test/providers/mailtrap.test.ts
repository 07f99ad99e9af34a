import { describe, expect, it } from 'vitest'
import { mailtrap as sender } from '../../src/simulator/senders/mailtrap.ts'
import { utf8 } from '../../src/platform/bytes.ts'
import { mailtrap } from '../../src/providers/mailtrap.ts'
import { readBody, readOne } from './reading.ts'
import { describeProvider } from './suite.ts'

describeProvider(sender, mailtrap, { signsTime: false, batches: true })

const delivery = {
  event: 'delivery',
  timestamp: 1_700_000_000,
  message_id: 'm-1',
  email: 'ada@example.com',
  event_id: 'e-1',
}
const line = (changes: object) => JSON.stringify({ ...delivery, ...changes })

describe('Mailtrap events', () => {
  it.each([
    ['several JSON lines', `${line({})}\n${line({ event_id: 'e-2' })}\n`, 2, 0],
    ['JSON lines parted by CRLF', `${line({})}\r\n${line({ event_id: 'e-2' })}`, 2, 0],
    ['one JSON line', line({}), 1, 0],
    ['a line that is no JSON between two', `${line({})}\n{oops\n${line({ event_id: 'e-2' })}\n`, 2, 1],
    ['an empty envelope', '{"events":[]}', 0, 0],
    ['a text that is no event', '"events"', 0, 1],
    ['no JSON at all', 'oops\noops', 0, 1],
    ['nothing', '', 0, 1],
  ])('come as %s', async (_what, text, events, quarantined) => {
    const contents = await readBody(mailtrap, text, 'application/jsonl')
    expect([contents.events.length, contents.quarantined.length]).toEqual([events, quarantined])
  })

  it.each([
    [
      { event: 'soft bounce', response_code: 452 },
      { type: 'email.deferred', bounce_type: 'soft', smtp_code: '452' },
    ],
    [
      { event: 'suspension', reason: 'daily limit' },
      { type: 'email.deferred', reason: 'daily limit' },
    ],
    [
      { event: 'bounce', response: 'bounced (550 5.1.1 No such user)', response_code: 550 },
      { bounce_type: 'hard', smtp_code: '550', enhanced_code: '5.1.1' },
    ],
    [
      { event: 'reject', reason: 'Reason: unsubscription' },
      { type: 'email.rejected', reject_reason: 'unsubscribed' },
    ],
    [{ event: 'reject', reason: 'Reason: spam complaint' }, { reject_reason: 'spam' }],
    [{ event: 'reject', reason: 'Reason: hard bounce' }, { reject_reason: 'bounced' }],
    [{ event: 'reject', reason: 'unknown' }, { reject_reason: 'other' }],
    [
      {
        event: 'inbound.message_received',
        timestamp: 1_783_671_175_722,
        message_id: '1870314786754420736',
        email: undefined,
        inbox_id: 250,
        from: 'Ada Lovelace <ada@example.com>',
      },
      {
        type: 'email.inbound',
        recipient: null,
        message_id: '1870314786754420736',
        occurred_at: '2026-07-10T08:12:55.722Z',
        metadata: {},
      },
    ],
    [{ event: 'inbound_message_received', email: undefined }, { type: 'email.inbound' }],
    [
      { event: 'activity_log.user.login', email: undefined, message_id: undefined, event_id: undefined },
      { type: 'email.unknown', native_type: 'activity_log.user.login', recipient: null },
    ],
    [
      { category: 'welcome', custom_variables: { a: 1 } },
      { tags: ['welcome'], metadata: { a: 1 } },
    ],
  ])('with %o are read as %o', async (changes, expected) => {
    expect(await readOne(mailtrap, { events: [{ ...delivery, ...changes }] })).toMatchObject(expected)
  })

  it('of the audit log that differ in anything are two', async () => {
    const entry = { event: 'activity_log.user.login', timestamp: 1_700_000_000, actor: { id: 1 } }
    const body = utf8(JSON.stringify({ events: [entry, { ...entry, actor: { id: 2 } }, entry] }))
    expect((await readBody(mailtrap, body)).events).toHaveLength(2)
  })
})
