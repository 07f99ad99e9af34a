import { describe, expect, it } from 'vitest'
import { eventId } from '../../src/event/identity.ts'

describe('identity of an event', () => {
  it('is the same for the same facts and sorts by time', async () => {
    const first = await eventId('shop', 'sendgrid', ['open', 'm-1'], 1_700_000_000_000)
    expect(await eventId('shop', 'sendgrid', ['open', 'm-1'], 1_700_000_000_000)).toBe(first)
    expect((await eventId('shop', 'sendgrid', ['open', 'm-1'], 1_700_000_000_001)) > first).toBe(true)
    expect(first).toMatch(/^[0-9a-f]{44}$/)
  })

  it.each([
    ['source', ['other', 'sendgrid', ['open', 'm-1']]],
    ['provider', ['shop', 'mailgun', ['open', 'm-1']]],
    ['part', ['shop', 'sendgrid', ['open', 'm-2']]],
    ['place of the border between parts', ['shop', 'sendgrid', ['openm', '-1']]],
  ] as const)('changes with the %s', async (_what, [source, provider, parts]) => {
    const first = await eventId('shop', 'sendgrid', ['open', 'm-1'], 1_700_000_000_000)
    expect(await eventId(source, provider, parts, 1_700_000_000_000)).not.toBe(first)
  })
})
