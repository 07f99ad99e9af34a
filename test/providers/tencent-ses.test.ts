import { describe, expect, it } from 'vitest'
import { tencentSes as sender } from '../../src/simulator/senders/tencent-ses.ts'
import { tencentSes } from '../../src/providers/tencent-ses.ts'
import { judge, sent } from './judge.ts'
import { readOne } from './reading.ts'
import { describeProvider } from './suite.ts'

describeProvider(sender, tencentSes, { signsTime: false, batches: false })

describe('the signature of Tencent Cloud SES', () => {
  it.each([
    ['as it was given', (query: string) => query, true],
    ['beside another parameter', (query: string) => `${query}&a=1`, true],
    ['cut short', (query: string) => query.slice(0, -1), false],
    ['twice', (query: string) => `${query}&${query.slice(1)}`, false],
    ['in capitals', (query: string) => query.replace('token', 'TOKEN'), false],
    ['not there', () => '', false],
  ])('is the secret in the URL %s', async (_what, change, ok) => {
    const { account, request } = await sent(sender)
    const changed = { ...request, query: change(request.query) }
    expect(await judge(account, changed)).toMatchObject({ ok })
  })
})

describe('Tencent Cloud SES events', () => {
  const bounce = {
    event: 'bounce',
    email: 'ada@example.com',
    bulkId: 'b-1',
    timestamp: 1_700_000_000,
    bounceType: 'hard_bounce',
    reason: '550 5.1.1 No such user',
  }

  it.each([
    [{}, { type: 'email.bounced', bounce_type: 'hard', smtp_code: '550', message_id: 'b-1' }],
    [{ bounceType: 'hard' }, { bounce_type: 'hard' }],
    [{ bounceType: 'soft' }, { bounce_type: 'soft' }],
    [{ bounceType: 'soft_bounce' }, { bounce_type: 'soft' }],
    [{ bounceType: undefined }, { bounce_type: 'undetermined' }],
    [{ bulkId: undefined, messageId: '<m-1@example.net>' }, { message_id: 'm-1@example.net' }],
    [{ event: 'dropped' }, { type: 'email.rejected', reject_reason: 'other', bounce_type: null }],
    [{ 'X-Tencentcloudses-Cb-Custom': 'o-1' }, { metadata: { 'X-Tencentcloudses-Cb-Custom': 'o-1' } }],
  ])('with %o are read as %o', async (changes, expected) => {
    expect(await readOne(tencentSes, { ...bounce, ...changes })).toMatchObject(expected)
  })
})
