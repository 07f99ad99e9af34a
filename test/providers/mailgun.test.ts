import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { OutgoingRequest } from '../../src/simulator/sender.ts'
import { mailgun as sender } from '../../src/simulator/senders/mailgun.ts'
import { mailgun } from '../../src/providers/mailgun.ts'
import { NOW_SECONDS, posted } from './simulated-events.ts'
import { judge } from './judge.ts'
import { readItem } from './natives.ts'
import { readBody, readOne, readWords } from './reading.ts'
import { describeProvider } from './suite.ts'

describeProvider(sender, mailgun, {
  signsTime: true,
  batches: false,
  bodyProof: ['signature.timestamp', 'signature.token', 'signature.signature'],
})

const KEY = 'key-of-the-account'
const PARENT_KEY = 'key-of-the-parent-account'
const TOKEN = '7e9f00f5dbc60c83fb29ff40ad66f5784ce432f355b4a763b7'
const URL_ENCODED = 'application/x-www-form-urlencoded'

const sign = (key: string, timestamp = String(NOW_SECONDS), token = TOKEN): string =>
  createHmac('sha256', key)
    .update(timestamp + token)
    .digest('hex')

const accountWith = (secrets: object) => ({ document: { provider: 'mailgun', secrets } })

const post = (body: string, contentType = 'application/json'): OutgoingRequest =>
  posted(body, { 'content-type': contentType })

const json = (signature: object, data: object = { event: 'delivered' }): OutgoingRequest =>
  post(JSON.stringify({ signature, 'event-data': data }))

const PROOF = { timestamp: String(NOW_SECONDS), token: TOKEN, signature: sign(KEY) }

describe("Mailgun's signature", () => {
  it.each([
    ['the account key', { signing_key: KEY }, PROOF, true],
    ['one of several keys', { signing_keys: ['another-old-key', KEY] }, PROOF, true],
    [
      'the parent key alone',
      { parent_signing_key: PARENT_KEY },
      { ...PROOF, 'parent-signature': sign(PARENT_KEY) },
      true,
    ],
    [
      'the parent key as the only one',
      { signing_key: PARENT_KEY },
      { ...PROOF, 'parent-signature': sign(PARENT_KEY) },
      true,
    ],
    [
      'the own key though the parent signed wrongly',
      { signing_key: KEY },
      { ...PROOF, 'parent-signature': '00' },
      true,
    ],
    ['another key', { signing_key: PARENT_KEY }, PROOF, false],
    ['upper-case hex', { signing_key: KEY }, { ...PROOF, signature: PROOF.signature.toUpperCase() }, false],
    ['a signature that is no text', { signing_key: KEY }, { ...PROOF, signature: [PROOF.signature] }, false],
    ['a timestamp that is a number', { signing_key: KEY }, { ...PROOF, timestamp: NOW_SECONDS }, false],
    [
      'a timestamp with junk',
      { signing_key: KEY },
      { ...PROOF, timestamp: `${NOW_SECONDS}x`, signature: sign(KEY, `${NOW_SECONDS}x`) },
      false,
    ],
    [
      'a token with a space',
      { signing_key: KEY },
      { ...PROOF, token: 'a b', signature: sign(KEY, undefined, 'a b') },
      false,
    ],
  ])('with %s', async (_what, secrets, proof, ok) => {
    expect(await judge(accountWith(secrets), json(proof))).toMatchObject({ ok })
  })

  it('covers only time and token, which are therefore valid for one body', async () => {
    const account = accountWith({ signing_key: KEY })
    const [genuine, forged] = [json(PROOF), json(PROOF, { event: 'complained' })]
    const claims = await Promise.all([genuine, forged].map((request) => judge(account, request)))
    expect(claims).toMatchObject([
      { ok: true, value: { coversBody: false, claim: { singleUse: true } } },
      { ok: true, value: { coversBody: false, claim: { singleUse: true } } },
    ])
    expect(claims[0]).toMatchObject({
      value: { claim: claims[1]?.ok === true ? claims[1].value.claim : undefined },
    })
  })

  it('ends the retries of permanent refusals, but not of unverified deliveries', () => {
    expect(mailgun.statuses).toEqual({ permanent: 406 })
  })
})

const COLLIDING: readonly (readonly [string, string])[] = [
  ['event', 'clicked'],
  ['event', 'own event'],
  ['recipient', 'ada@example.com'],
  ['recipient', 'own recipient'],
  ['token', 'own token'],
  ['token', TOKEN],
  ['timestamp', 'own time'],
  ['timestamp', String(NOW_SECONDS)],
  ['signature', 'own signature'],
  ['signature', sign(KEY)],
  ['url', 'https://example.net/a'],
  ['tag', 'one'],
  ['tag', 'two'],
  ['order number', '17'],
]
const asForm = new URLSearchParams(COLLIDING.map(([name, value]) => [name, value])).toString()
const asMultipart = `${COLLIDING.map(
  ([name, value]) => `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
).join('')}--b--\r\n`

describe("Mailgun's older forms", () => {
  it.each([
    ['URL-encoded', asForm, URL_ENCODED],
    ['multipart', asMultipart, 'multipart/form-data; boundary=b'],
  ])(
    '%s: the last signature fields and the first of all other fields are Mailgun’s, the rest are the sender’s',
    async (_what, body, type) => {
      const judged = await judge(accountWith({ signing_key: KEY }), post(body, type))
      expect(judged).toMatchObject({ ok: true, value: { signedAtSeconds: NOW_SECONDS } })
      const { events, quarantined } = await readBody(mailgun, body, type)
      expect(quarantined).toEqual([])
      expect(events).toMatchObject([
        {
          type: 'email.clicked',
          recipient: 'ada@example.com',
          url: 'https://example.net/a',
          tags: ['one', 'two'],
          metadata: {
            event: 'own event',
            recipient: 'own recipient',
            token: 'own token',
            timestamp: 'own time',
            signature: 'own signature',
            'order number': '17',
          },
        },
      ])
    },
  )

  it.each([
    [
      'event=bounced&code=5.1.1&error=smtp;550 5.1.1 no',
      { type: 'email.bounced', bounce_type: 'hard', enhanced_code: '5.1.1' },
    ],
    [
      'event=dropped&code=605&description=Not delivering to previously bounced address',
      { type: 'email.rejected', reject_reason: 'bounced' },
    ],
    ['event=dropped&description=Not delivering to unsubscribed recipient', { reject_reason: 'unsubscribed' }],
    [
      'event=dropped&code=499&reason=old&description=Unable to connect to MX servers',
      { reject_reason: 'timed_out' },
    ],
    ['event=dropped&reason=hardfail', { type: 'email.rejected', reject_reason: 'other', reason: 'hardfail' }],
    ['event=delivered&Message-Id=<m@example.net>', { type: 'email.delivered', message_id: 'm@example.net' }],
    [
      'event=opened&user-agent=UA&ip=192.0.2.1&campaign-id=c1',
      { type: 'email.opened', user_agent: 'UA', client_ip: '192.0.2.1', campaign_id: 'c1' },
    ],
    ['event=unsubscribed', { type: 'email.unsubscribed' }],
    ['event=complained', { type: 'email.spam_reported' }],
    ['event=stored&recipient=in@example.net', { type: 'email.inbound' }],
    [
      'recipient=in@example.net&sender=ada@example.com&subject=Hi&Message-Id=<x@y>',
      { type: 'email.inbound', native_type: 'inbound', metadata: {} },
    ],
    ['event=new_one', { type: 'email.unknown', native_type: 'new_one' }],
  ])('%s', async (form, expected) => {
    const events = await readWords(mailgun, `${form}&timestamp=${NOW_SECONDS}&token=t`, URL_ENCODED)
    expect(events).toMatchObject([{ occurred_at: '2025-11-24T16:00:00.000Z', ...expected }])
  })

  it('quarantines a form without an event', async () => {
    expect(await readBody(mailgun, 'a=1', URL_ENCODED)).toMatchObject({
      events: [],
      quarantined: [{ item: true }],
    })
  })
})

const failed = (more: object) => ({ event: 'failed', recipient: 'ada@example.com', ...more })

describe("Mailgun's events", () => {
  it.each([
    [
      failed({ severity: 'permanent', reason: 'bounce' }),
      { type: 'email.bounced', bounce_type: 'hard', reason: 'bounce' },
    ],
    [
      failed({ severity: 'permanent', reason: 'suppress-bounce' }),
      { type: 'email.rejected', reject_reason: 'bounced' },
    ],
    [failed({ severity: 'permanent', reason: 'suppress-complaint' }), { reject_reason: 'spam' }],
    [failed({ severity: 'permanent', reason: 'suppress-unsubscribe' }), { reject_reason: 'unsubscribed' }],
    [
      failed({ severity: 'temporary', reason: 'suppress-bounce' }),
      { type: 'email.deferred', bounce_type: 'soft' },
    ],
    [failed({}), { type: 'email.bounced', bounce_type: 'undetermined' }],
    [
      failed({
        severity: 'permanent',
        'delivery-status': { code: 550, 'enhanced-code': '5.1.1', message: '', description: 'gone' },
      }),
      { reason: 'gone', smtp_code: '550', enhanced_code: '5.1.1' },
    ],
    [failed({ 'delivery-status': null }), { reason: null }],
    [
      {
        event: 'rejected',
        reject: { reason: 'Sandbox' },
        message: { headers: { to: 'Ada <ada@example.com>', 'message-id': '<m@x>' } },
      },
      {
        type: 'email.rejected',
        reject_reason: 'other',
        reason: 'Sandbox',
        recipient: 'ada@example.com',
        message_id: 'm@x',
      },
    ],
    [{ event: 'stored' }, { type: 'email.inbound' }],
    [
      { event: 'accepted', campaigns: [{ id: 'c1', name: 'Spring' }] },
      { type: 'email.sent', campaign_id: 'c1' },
    ],
  ])('%o', async (data, expected) => {
    expect(await readOne(mailgun, { signature: PROOF, 'event-data': data })).toMatchObject(expected)
  })

  const permanent = (reason: string | undefined, status: object) =>
    failed({ severity: 'permanent', reason, 'delivery-status': status })

  // Mailgun's page of webhook payloads (February 2026), captured deliveries of September 2025, and mailgun-go's reasons.
  it.each<[reason: string | undefined, status: object, expected: object]>([
    ['bounce', { code: 550, 'enhanced-code': '5.5.0', 'bounce-type': 'hard' }, { bounce_type: 'hard' }],
    ['bounce', { 'bounce-type': 'soft' }, { bounce_type: 'soft' }],
    ['bounce', { 'bounce-type': 'new' }, { bounce_type: 'hard' }],
    ['hardfail', {}, { bounce_type: 'hard' }],
    [
      'old',
      { code: 602, message: 'Too old', 'last-code': 452, 'last-message': '4.2.2 Mailbox full' },
      { bounce_type: 'soft', reason: 'Too old', smtp_code: '452', enhanced_code: '4.2.2' },
    ],
    ['old', { 'bounce-type': 'hard' }, { bounce_type: 'soft' }],
    ['greylisted', {}, { bounce_type: 'soft' }],
    ['espblock', { code: 550, message: '5.7.1 listed' }, { bounce_type: 'blocked', enhanced_code: '5.7.1' }],
    ['espblock', { 'bounce-type': 'soft' }, { bounce_type: 'soft' }],
    ['blacklisted', { 'bounce-type': 'hard' }, { bounce_type: 'blocked' }],
    ['generic', { code: 554, message: 'policy rejection' }, { bounce_type: 'undetermined' }],
    ['generic', { code: 550, message: '5.1.1 unknown' }, { bounce_type: 'hard' }],
    ['generic', { code: 550, 'bounce-type': 'hard' }, { bounce_type: 'hard' }],
    ['generic', { message: 'No MX for example.com' }, { bounce_type: 'undetermined' }],
    [undefined, { code: 605 }, { type: 'email.rejected', reject_reason: 'bounced', smtp_code: null }],
    [undefined, { code: 606 }, { type: 'email.rejected', reject_reason: 'unsubscribed' }],
    [undefined, { code: 607 }, { type: 'email.rejected', reject_reason: 'spam' }],
  ])('a permanent failure for the reason %s with %o', async (reason, status, expected) => {
    const event = await readOne(mailgun, { signature: PROOF, 'event-data': permanent(reason, status) })
    expect(event).toMatchObject(expected)
  })

  it.each<[event: string, tags: unknown, scopes: readonly (string | undefined)[]]>([
    ['unsubscribed', ['*'], [undefined]],
    ['unsubscribed', ['*', 'news'], [undefined]],
    ['unsubscribed', [], [undefined]],
    ['unsubscribed', undefined, [undefined]],
    ['unsubscribed', ['news'], ['tag:news']],
    ['unsubscribed', ['news', 'offers', 'news'], ['tag:news', 'tag:offers']],
    ['complained', ['news'], [undefined]],
    ['opened', ['news'], [undefined]],
  ])('%s with the tags %j holds for %j', (event, tags, scopes) => {
    const item = { signature: PROOF, 'event-data': { event, id: 'i', recipient: 'ada@example.com', tags } }
    const drafts = readItem(mailgun, item) ?? []
    expect(drafts.map(({ scope }) => scope)).toEqual(scopes)
    expect(new Set(drafts.map(({ identity }) => JSON.stringify(identity))).size).toBe(scopes.length)
  })

  it.each([
    ['gmail', true],
    [null, false],
    ['', undefined],
    [undefined, undefined],
  ])('the bot %j is a machine: %s', (bot, automated) => {
    const item = { 'event-data': { event: 'opened', 'client-info': { bot } } }
    expect(readItem(mailgun, item)?.[0]?.automated).toBe(automated)
  })

  it('has empty lists where objects were meant', async () => {
    const data = { event: 'unsubscribed', 'user-variables': [], storage: [], campaigns: [] }
    const event = await readOne(mailgun, { signature: PROOF, 'event-data': data })
    expect(event).toMatchObject({ type: 'email.unsubscribed', metadata: {}, campaign_id: null })
  })

  it('without an id are distinguished by their token', async () => {
    const idOf = async (token: string) =>
      (await readOne(mailgun, { signature: { ...PROOF, token }, 'event-data': { event: 'accepted' } }))?.id
    expect(await idOf('a')).toBe(await idOf('a'))
    expect(await idOf('a')).not.toBe(await idOf('b'))
  })

  it('with the same id on another day are two', async () => {
    const idOf = async (timestamp: number) =>
      (await readOne(mailgun, { signature: PROOF, 'event-data': { event: 'accepted', id: 'x', timestamp } }))
        ?.id
    expect(await idOf(1_700_000_000.5)).not.toBe(await idOf(1_700_100_000.5))
  })
})
