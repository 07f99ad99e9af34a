import { describe, expect, it } from 'vitest'
import { mailomat as sender } from '../../src/simulator/senders/mailomat.ts'
import { mailomat } from '../../src/providers/mailomat.ts'
import { withHeader, withText } from './simulated-events.ts'
import { judge, sent } from './judge.ts'
import { readOne } from './reading.ts'
import { describeProvider } from './suite.ts'

describeProvider(sender, mailomat, { signsTime: true, batches: false })

describe('the signature of Mailomat', () => {
  it('does not cover the body, so one set of headers is valid for one body only', async () => {
    const { account, request } = await sent(sender)
    const forged = withText(request, 'lovelace', 'somebody')
    const [first, second] = [await judge(account, request), await judge(account, forged)]
    expect(first).toMatchObject({ ok: true, value: { coversBody: false, claim: { singleUse: true } } })
    expect(second).toMatchObject({ ok: true })
    expect(first.ok && first.value.claim).toEqual(second.ok && second.value.claim)
  })

  it.each([
    ['another algorithm', (value: string) => value.replace('sha256=', 'sha1=')],
    ['an algorithm in capitals', (value: string) => value.replace('sha256=', 'SHA256=')],
    ['no algorithm', (value: string) => value.replace('sha256=', '')],
    ['capital hex digits', (value: string) => `sha256=${value.slice(7).toUpperCase()}`],
  ])('is refused with %s', async (_what, change) => {
    const { account, request } = await sent(sender)
    const name = 'x-mom-webhook-signature'
    const changed = withHeader(request, name, change(request.headers[name] ?? ''))
    expect(await judge(account, changed)).toMatchObject({ ok: false })
  })
})

describe('Mailomat events', () => {
  const failed = {
    id: 'e-1',
    eventType: 'failure_perm',
    occurredAt: '2026-06-10T09:23:31+02:00',
    messageId: '<m-1@example.net>',
    recipient: 'ada@example.com',
    payload: { 'delivery-status': { code: 550, 'enhanced-code': '5.1.1', message: '5.1.1 address unknown' } },
  }
  it.each([
    [
      {},
      {
        type: 'email.bounced',
        bounce_type: 'hard',
        smtp_code: '550',
        enhanced_code: '5.1.1',
        reason: '5.1.1 address unknown',
        message_id: 'm-1@example.net',
        occurred_at: '2026-06-10T07:23:31.000Z',
        provider_event_id: 'e-1',
      },
    ],
    [{ eventType: 'failure_tmp' }, { type: 'email.deferred', bounce_type: 'soft' }],
    [
      { eventType: 'not_accepted', payload: { reason: 'suppressed' } },
      { type: 'email.rejected', reason: 'suppressed' },
    ],
    [
      {
        eventType: 'clicked',
        payload: { url: 'https://example.net', client: { ip: '192.0.2.1', 'user-agent': 'X' } },
      },
      { url: 'https://example.net', client_ip: '192.0.2.1', user_agent: 'X', smtp_code: null },
    ],
  ])('with %o are read as %o', async (changes, expected) => {
    expect(await readOne(mailomat, { ...failed, ...changes })).toMatchObject(expected)
  })
})
