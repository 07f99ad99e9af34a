import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { elasticemail as sender } from '../../src/simulator/senders/elasticemail.ts'
import { elasticemail } from '../../src/providers/elasticemail.ts'
import { NOW_SECONDS, anySimulatedEvent } from './simulated-events.ts'
import { judge, sent } from './judge.ts'
import { bodyOf, identityOf, open, readItem } from './natives.ts'
import { describeProvider } from './suite.ts'

describeProvider(sender, elasticemail, { signsTime: false, batches: false })

const item = (status: string, more: Record<string, string> = {}) => ({
  to: 'ada@example.com',
  status,
  messageid: 'm1',
  transaction: 't1',
  date: '11/24/2025 3:59:00 PM',
  ...more,
})

describe('Elastic Email events', () => {
  it.each([
    ['Sent', { type: 'email.sent' }],
    ['Opened', { type: 'email.opened' }],
    ['Clicked', { type: 'email.clicked' }],
    ['Error', { type: 'email.bounced', bounce_type: 'undetermined' }],
    ['AbuseReport', { type: 'email.spam_reported' }],
    ['Unsubscribed', { type: 'email.unsubscribed' }],
    ['Invented', { type: 'email.unknown' }],
  ])('%s', (status, expected) => {
    expect(readItem(elasticemail, item(status))).toMatchObject([
      {
        ...expected,
        native_type: status,
        message_id: 'm1',
        recipient: 'ada@example.com',
        occurredAtMs: undefined,
      },
    ])
  })

  it.each([
    ['NoMailbox', 'hard'],
    ['Spam', 'blocked'],
    ['BlackListed', 'blocked'],
    ['ContentFilter', 'blocked'],
    ['SPFProblem', 'blocked'],
    ['GreyListed', 'soft'],
    ['Throttled', 'soft'],
    ['Timeout', 'soft'],
    ['ConnectionProblem', 'soft'],
    ['Invented', 'undetermined'],
  ])('an error of the category %s', (category, bounceType) => {
    expect(readItem(elasticemail, item('Error', { category }))).toMatchObject([
      { bounce_type: bounceType, reason: category },
    ])
  })

  it('keeps the link and what the sender put in', () => {
    const more = { target: 'https://example.net/a?b=1', postback: 'order 4711' }
    expect(readItem(elasticemail, item('Clicked', more))).toMatchObject([
      { url: 'https://example.net/a?b=1', metadata: { postback: 'order 4711' } },
    ])
  })

  it('is another event when anything of it is another', () => {
    const first = identityOf(elasticemail, item('Opened'))
    expect(identityOf(elasticemail, item('Opened', { date: '11/24/2025 4:59:00 PM' }))).not.toEqual(first)
    expect(identityOf(elasticemail, item('Opened'))).toEqual(first)
  })
})

describe('the query of Elastic Email', () => {
  it('gives the event without the secret', () => {
    expect(
      open(elasticemail, '', { query: 'token=secret-token-1&status=Opened&to=a%40example.com' }),
    ).toEqual({
      kind: 'items',
      items: [{ status: 'Opened', to: 'a@example.com' }],
    })
  })

  it.each(['', 'token=secret-token-1'])('is the check of a new URL without an event: %j', (query) => {
    expect(open(elasticemail, '', { query })).toEqual({ kind: 'items', items: [] })
  })

  it('without a status is an unreadable item', () => {
    expect(readItem(elasticemail, { to: 'ada@example.com' })).toBeUndefined()
  })

  it('computes the claim from the event, not from the secret beside it', async () => {
    const [old, next] = [await sender.open(), await sender.open()]
    const claims = await Promise.all(
      [old, next].map(async (account) => {
        const judged = await judge(account, await account.deliver([anySimulatedEvent(account)], NOW_SECONDS))
        return judged.ok ? judged.value.claim : judged.refusal
      }),
    )
    expect(claims[0]).toEqual(claims[1])
  })

  it.each([
    ['no token', (query: string) => query.replace(/token=[^&]*&/, '')],
    ['an empty token', (query: string) => query.replace(/token=[^&]*/, 'token=')],
    ['a longer token', (query: string) => query.replace(/token=[^&]*/, '$&0')],
    ['two tokens', (query: string) => query.replace(/token=[^&]*/, '$&&$&')],
  ])('is not verified with %s', async (_what, change) => {
    const { account, request } = await sent(sender)
    const changed = { ...request, query: change(request.query) }
    expect(await judge(account, changed)).toMatchObject({ ok: false })
  })

  it('is read or quarantined, for any content', () => {
    fc.assert(
      fc.property(
        fc.webQueryParameters(),
        fc.constantFrom('', '&status=Opened', '&status=%FF&to=%00'),
        (junk, tail) => {
          const body = bodyOf('', { query: `${junk}${tail}` })
          const opened = elasticemail.open(body)
          const items = opened.kind === 'items' ? opened.items : []
          for (const one of items) expect(elasticemail.read(one, body)?.length ?? 1).toBe(1)
        },
      ),
    )
  })
})
