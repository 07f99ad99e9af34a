/** The review of what mistaken readings have suppressed, on events as older versions stored them. */
import { beforeEach, describe, expect, it } from 'vitest'
import { READING_NAMES, type ReviewedSuppression } from '../../../src/api/suppression-review.ts'
import { LOOKED_AT_MAX } from '../../../src/console/suppression-review.ts'
import { importSuppressions } from '../../../src/store/import-suppressions.ts'
import type { Store } from '../../../src/store/store.ts'
import { findSuppression } from '../../../src/store/suppressions.ts'
import { importedOf } from '../../../src/console/api/suppressions.ts'
import { NOW_MS, consumeEvents, consumerDeps } from '../../support/consumer.ts'
import { HOUR_MS, NOON_MS, type SimulatedEvent, mailEvent } from '../../support/mail-events.ts'
import { emptyStore, rowsOf } from '../../support/store.ts'
import { type TestConsole, newConsole } from '../support.ts'

const ADA = 'ada@example.com'
const PATH = '/api/suppressions/review'

let store: Store
let here: TestConsole
beforeEach(async () => {
  store = await emptyStore()
  here = newConsole()
  here.clock.nowMs = NOW_MS
})

type Given = Omit<SimulatedEvent, 'type'> & { readonly type?: SimulatedEvent['type'] }

const bounce = (given: Given): SimulatedEvent => ({
  type: 'email.bounced',
  bounce_type: 'hard',
  atMs: NOON_MS,
  ...given,
})
const complaint = (given: Given): SimulatedEvent => ({
  type: 'email.spam_reported',
  atMs: NOON_MS,
  ...given,
})
const leaving = (given: Given): SimulatedEvent => ({ type: 'email.unsubscribed', atMs: NOON_MS, ...given })

async function stored(...events: readonly SimulatedEvent[]): Promise<void> {
  for (const [nr, event] of events.entries())
    await consumeEvents(consumerDeps(store), [await mailEvent({ nr, ...event })])
}

async function reviewed(query = ''): Promise<ReviewedSuppression[]> {
  const { status, json } = await here.api('GET', `${PATH}?limit=500${query}`)
  expect({ status, next: json['next_cursor'] }).toEqual({ status: 200, next: null })
  return json['suppressions'] as ReviewedSuppression[]
}

const lift = async (entries: readonly ReviewedSuppression[], wishes?: true) =>
  (
    await here.api('POST', PATH, {
      entries: entries.map(({ address, reason, as_of }) => ({ address, reason, as_of })),
      wishes,
    })
  ).json

const reasonsOf = async (address = ADA): Promise<string[]> =>
  ((await findSuppression(store, address, 0))?.reasons ?? []).map(({ reason }) => reason)

const mailgun = (given: Given = {}) => bounce({ provider: 'mailgun', native_type: 'failed', ...given })
const GAVE_UP = mailgun({ reason: 'Too old' })
const ses = (given: Given) => bounce({ provider: 'ses', native_type: 'Bounce', ...given })
const sesComplaint = (given: Given) =>
  complaint({ provider: 'ses', native_type: 'Complaint', provider_event_id: 'f-1', ...given })
const resend = (given: Given) => bounce({ provider: 'resend', native_type: 'email.bounced', ...given })
const unisender = (reason: string) =>
  bounce({ provider: 'unisender-go', native_type: 'hard_bounced', reason })
const dropped = (given: Given) => bounce({ provider: 'scaleway-tem', native_type: 'email_dropped', ...given })
const maileroo = (given: Given) =>
  bounce({ provider: 'maileroo', native_type: 'failed', provider_event_id: 'e-1', ...given })
const SPAM: Given = { type: 'email.spam_reported', bounce_type: null, native_type: 'complained' }
const OTHER = 'bob@example.com'
const ON_LIST =
  'Amazon SES did not send the message to this address because it is on the suppression list for your tenant.'

type Expected = readonly [reading: string, finding: string, today: string | null] | undefined

const CASES: readonly (readonly [what: string, events: readonly SimulatedEvent[], expected: Expected])[] = [
    ['Mailgun, gave up', [GAVE_UP], ['mailgun-failure', 'mistaken', 'email.bounced, soft']],
    ['Mailgun, blocked, without words', [mailgun({ reason: 'espblock' })], ['mailgun-failure', 'mistaken', 'email.bounced, blocked']],
    ['Mailgun, generic, full', [mailgun({ reason: 'generic', enhanced_code: '4.2.2' })], ['mailgun-failure', 'mistaken', 'email.bounced, soft']],
    ['Mailgun, generic, no such user', [mailgun({ reason: 'generic', enhanced_code: '5.1.1' })], undefined],
    ['Mailgun, words of a server about its policy', [mailgun({ reason: '550 5.7.1 Listed' })], ['mailgun-failure', 'unknown', null]],
    ['Mailgun, words of a server about the address', [mailgun({ reason: '550 5.1.1 No such user' })], undefined],
    ['Mailgun, hard by its own word', [mailgun({ reason: 'bounce' })], undefined],
    ['SES, the tenant’s list in its words', [ses({ reason: ON_LIST, enhanced_code: '5.1.1' })], ['ses-not-sent', 'mistaken', 'email.rejected, bounced']],
    ['SES, the account’s list by its subtype', [ses({ reason: 'OnAccountSuppressionList' })], ['ses-not-sent', 'mistaken', 'email.rejected, bounced']],
    ['SES, a failed validation', [ses({ reason: 'EmailValidationSuppressed' })], ['ses-not-sent', 'mistaken', 'email.rejected, invalid']],
    ['SES, other words of its own', [ses({ reason: 'Amazon SES could not' })], ['ses-not-sent', 'unknown', null]],
    ['SES, a topic that was left', [ses({ reason: 'UnsubscribedRecipient' })], ['ses-not-sent', 'wish', 'email.rejected, unsubscribed']],
    ['SES, a bounce', [ses({ reason: 'smtp; 550 5.1.1 user unknown' })], undefined],
    ['SES, a complaint of the tenant’s list', [sesComplaint({ reason: 'OnTenantSuppressionList' })], ['ses-complaint', 'wish', 'email.rejected, spam']],
    ['SES, one complaint of several', [sesComplaint({ reason: 'abuse' }), sesComplaint({ recipient: OTHER })], ['ses-complaint', 'wish', 'about nobody']],
    ['SES, two complaints about a message', [sesComplaint({}), sesComplaint({ recipient: OTHER, provider_event_id: 'f-2' })], undefined],
    ['Resend, a message that ended twice', [resend({}), resend({ type: 'email.delivered', bounce_type: null }), resend({ type: 'email.delivered', bounce_type: null })], ['resend-several', 'mistaken', 'about nobody']],
    ['Resend, an event about nobody', [resend({}), resend({ recipient: null, bounce_type: 'undetermined' })], ['resend-several', 'mistaken', 'about nobody']],
    ['Resend, a message that ended elsewhere, too', [resend({}), resend({ recipient: null, source: 'news', bounce_type: 'undetermined' })], ['resend-several', 'unknown', null]],
  ['Resend, a message of which nothing else is known', [resend({})], ['resend-several', 'unknown', null]],
    ['Resend, a complaint of several', [complaint({ provider: 'resend', native_type: 'email.complained' }), resend({ type: 'email.delivered', bounce_type: null }), resend({ type: 'email.delivered', bounce_type: null })], ['resend-several', 'wish', 'about nobody']],
    ['MailPace', [bounce({ provider: 'mailpace', native_type: 'email.bounced' })], ['mailpace-copies', 'unknown', null]],
    ['Postmark, a filter', [complaint({ provider: 'postmark', native_type: 'Bounce/SpamNotification' })], ['postmark-spam-filter', 'wish', 'email.bounced, blocked']],
    ['Postmark, a complaint', [complaint({ provider: 'postmark', native_type: 'SpamComplaint' })], undefined],
    ['Postmark, a stream', [leaving({ provider: 'postmark', native_type: 'SubscriptionChange/ManualSuppression' })], ['postmark-stream', 'by_hand', 'email.unsubscribed, scope stream:…']],
    ['Scaleway, a temporary answer', [dropped({ smtp_code: '451' })], ['scaleway-temporary', 'mistaken', 'email.bounced, soft']],
    ['Scaleway, a permanent answer', [dropped({ smtp_code: '550' })], undefined],
    ['Scaleway, no answer', [dropped({})], undefined],
    ['Forward Email, a temporary answer', [bounce({ provider: 'forward-email', native_type: 'recipient', smtp_code: '421' })], ['forward-email-temporary', 'mistaken', 'email.bounced, soft']],
  ['Maileroo, a temporary answer', [maileroo({ smtp_code: '421' })], ['maileroo-temporary', 'mistaken', 'email.bounced, soft']],
  ['Maileroo, a bounce of several', [maileroo({}), maileroo({ recipient: OTHER })], ['maileroo-temporary', 'mistaken', 'about nobody']],
  ['Maileroo, a bounce of one', [maileroo({}), maileroo({ recipient: OTHER, provider_event_id: 'e-2' })], undefined],
  ['Maileroo, a complaint of several', [maileroo(SPAM), maileroo({ ...SPAM, recipient: OTHER })], ['maileroo-several', 'wish', 'about nobody']],
  ['Lettermint', [bounce({ provider: 'lettermint', native_type: 'message.hard_bounced' })], ['lettermint-sandbox', 'unknown', null]],
  ['Unisender Go, a cause', [unisender('err_giveup')], ['unisender-cause', 'mistaken', 'email.bounced, soft']],
    ['Unisender Go, another cause', [unisender('err_user_unknown')], undefined],
    ['Unisender Go, words of a server', [unisender('550 spam')], ['unisender-cause', 'unknown', null]],
    ['Unisender Go, a person who left', [unisender('err_unsubscribed')], ['unisender-cause', 'wish', 'email.rejected, unsubscribed']],
    ['SMTP2GO, all recipients alike', [bounce({ provider: 'smtp2go', native_type: 'bounce' }), bounce({ provider: 'smtp2go', native_type: 'bounce', recipient: OTHER })], ['smtp2go-several', 'unknown', null]],
    ['SMTP2GO, one recipient', [bounce({ provider: 'smtp2go', native_type: 'bounce' })], undefined],
    ['SendGrid, a group', [leaving({ provider: 'sendgrid', native_type: 'group_unsubscribe' })], ['sendgrid-group', 'by_hand', 'email.unsubscribed, scope group:…']],
    ['SendGrid, all mail', [leaving({ provider: 'sendgrid', native_type: 'unsubscribe' })], undefined],
    ['Mailgun, tags', [leaving({ provider: 'mailgun', native_type: 'unsubscribed', tags: ['news'] })], ['mailgun-tag', 'by_hand', 'email.unsubscribed, scope tag:news']],
    ['Mailgun, all mail', [leaving({ provider: 'mailgun', native_type: 'unsubscribed', tags: ['*'] })], undefined],
    ['Mailjet', [leaving({ provider: 'mailjet', native_type: 'unsub' })], ['mailjet-list', 'unknown', null]],
    ['Iterable', [leaving({ provider: 'iterable', native_type: 'emailUnSubscribe' })], ['iterable-part', 'unknown', null]],
    ['Mailchimp', [leaving({ provider: 'mailchimp-marketing', native_type: 'unsubscribe/manual', metadata: { list_id: 'a6' } })], ['mailchimp-audience', 'by_hand', 'email.unsubscribed, scope audience:a6']],
    ['Loops, a click', [leaving({ provider: 'loops', native_type: 'email.unsubscribed' })], ['loops-click', 'by_hand', 'email.unknown']],
    ['Loops, all mail', [leaving({ provider: 'loops', native_type: 'contact.unsubscribed' })], undefined],
    ['the same at another ESP', [{ ...GAVE_UP, provider: 'generic' }], undefined],
    ['an unsubscribe that has its scope', [leaving({ provider: 'sendgrid', native_type: 'group_unsubscribe', scope: 'group:12' })], undefined],
] // prettier-ignore

describe('a review finds', () => {
  it.each(CASES)('%s', async (_what, events, expected) => {
    await stored(...events)
    const found = (await reviewed()).filter(({ address }) => address === ADA)
    expect(found.map((one) => [one.reading, one.finding, one.today])).toEqual(
      expected === undefined ? [] : [expected],
    )
  })

  it('each reading of the table in one of these cases', () => {
    const found = CASES.flatMap(([, , expected]) => expected?.[0] ?? [])
    expect([...new Set(found)].sort()).toEqual(READING_NAMES.toSorted())
  })
})

describe('an entry', () => {
  it('is shown with its evidence, and lifted once: who and why stay in its history', async () => {
    await stored(GAVE_UP)
    const found = await reviewed()
    expect(found).toEqual([
      {
        address: ADA,
        reason: 'hard_bounce',
        since: new Date(NOON_MS).toISOString(),
        as_of: new Date(NOON_MS).toISOString(),
        source: 'shop',
        provider: 'mailgun',
        native_type: 'failed',
        evidence: 'Too old',
        event_id: expect.stringMatching(/^[0-9a-f]{44}$/),
        reading: 'mailgun-failure',
        why: expect.stringMatching(/^Mailgun gave up/),
        today: 'email.bounced, soft',
        finding: 'mistaken',
        held_by: null,
      },
    ])
    expect(await lift(found)).toEqual({ lifted: 1, kept: 0 })
    expect(await reasonsOf()).toEqual([])
    const { json } = await here.api('GET', `/api/suppressions/${ADA}`)
    expect(json['history']).toMatchObject({
      liftings: [{ at: new Date(NOW_MS).toISOString(), by: 'admin', reading: 'mailgun-failure' }],
    })
    const lines = async () =>
      (await here.api('GET', '/api/audit?action=suppressions.reviewed')).json['entries']
    expect(await lines()).toMatchObject([
      {
        before: {
          count: 1,
          readings: { 'mailgun-failure': 1 },
        },
      },
    ])

    expect(await reviewed()).toEqual([])
    here.clock.nowMs += HOUR_MS
    expect(await lift(found)).toEqual({ lifted: 0, kept: 1 })
    expect(await lines()).toHaveLength(1)
    expect((await rowsOf('SELECT max(lifted_at) AS at FROM suppressions'))[0]).toEqual({ at: NOW_MS })
  })

  it('is lifted for its own reason only, and suppressed again by later evidence', async () => {
    await stored(GAVE_UP, complaint({ provider: 'mailgun', native_type: 'complained' }))
    expect(await lift(await reviewed())).toEqual({ lifted: 1, kept: 0 })
    expect(await reasonsOf()).toEqual(['spam_report'])
    await stored(mailgun({ reason: '550 5.1.1', atMs: NOW_MS + HOUR_MS }))
    expect(await reasonsOf()).toEqual(['spam_report', 'hard_bounce'])
  })

  const later = (given: Given) => mailgun({ atMs: NOON_MS + HOUR_MS, message_id: 'm-2', ...given })
  it.each<[string, SimulatedEvent, string]>([
    ['held by a later hard bounce', later({ reason: '550 5.1.1 No such user' }), 'held'],
    [
      "held by none whose cause is the sender's",
      later({ reason: '550 5.7.26 DMARC', cause: 'authentication' }),
      'mistaken',
    ],
    ['held by one of another source', later({ source: 'news', provider: 'generic' }), 'held'],
    ['held by one that cannot be told', later({ reason: '550 Refused' }), 'held'],
    ['mistaken if the other is as well', later({ reason: 'espblock' }), 'mistaken'],
    ['mistaken if the other suppresses nobody', later({ bounce_type: 'soft' }), 'mistaken'],
  ])('is %s', async (_what, other, finding) => {
    await stored(GAVE_UP, other)
    const found = await reviewed()
    expect(found).toMatchObject([{ reason: 'hard_bounce', finding }])
    expect(found[0]?.held_by === null).toBe(finding !== 'held')
    expect(await lift(found)).toMatchObject({ lifted: finding === 'held' ? 0 : 1 })
  })

  it('is not lifted if newer evidence came since it was shown', async () => {
    await stored(GAVE_UP)
    const found = await reviewed()
    await stored(later({ reason: 'Too old' }))
    expect(await lift(found)).toEqual({ lifted: 0, kept: 1 })
    expect(await reasonsOf()).toEqual(['hard_bounce'])
  })

  it('is incomplete if newer evidence is not stored, or may have been removed', async () => {
    await stored(GAVE_UP, later({ reason: 'Too old' }))
    await store.db.prepare('INSERT INTO history (one, before_ms) VALUES (1, ?1)').bind(NOON_MS).run()
    expect(await reviewed()).toMatchObject([{ finding: 'incomplete' }])
    await store.db.prepare('DELETE FROM history').run()
    await store.db.prepare('UPDATE suppressions SET as_of = as_of + 1').run()
    expect(await reviewed()).toMatchObject([{ finding: 'incomplete' }])
    expect(await lift(await reviewed())).toMatchObject({ lifted: 0 })
  })

  it('that may be a wish of the person is lifted only with wishes', async () => {
    await stored(ses({ reason: 'UnsubscribedRecipient' }))
    const found = await reviewed()
    expect(await lift(found)).toEqual({ lifted: 0, kept: 1 })
    expect(await reviewed('&only=mailgun-failure')).toEqual([])
    expect(await reviewed('&only=ses-not-sent&wishes=true')).toMatchObject([{ finding: 'mistaken' }])
    expect(await lift(found, true)).toEqual({ lifted: 1, kept: 0 })
  })

  it.each([
    [undefined, 'held'],
    ['true', 'mistaken'],
  ])('is held by another that may be a wish, but not with wishes: %s', async (wishes, finding) => {
    await stored(ses({ reason: ON_LIST }), ses({ reason: 'UnsubscribedRecipient', atMs: NOON_MS + HOUR_MS }))
    expect(await reviewed(wishes && `&wishes=${wishes}`)).toMatchObject([{ finding }])
  })

  it.each(['by_hand', 'unknown'])('that is %s is never lifted', async (finding) => {
    const native_type = finding === 'unknown' ? 'emailUnSubscribe' : 'group_unsubscribe'
    await stored(leaving({ provider: finding === 'unknown' ? 'iterable' : 'sendgrid', native_type }))
    const found = await reviewed()
    expect(found).toMatchObject([{ finding }])
    expect(await lift(found, true)).toEqual({ lifted: 0, kept: 1 })
    expect(await reasonsOf()).toEqual(['unsubscribe'])
  })
})

/** Entries without stored events, as a restore leaves them. */
async function imported(count: number, source: string, evidence: string): Promise<void> {
  const since = new Date(NOON_MS).toISOString()
  for (let from = 0; from < count; from += 200) {
    const entries = Array.from({ length: Math.min(200, count - from) }, (_, i) => ({
      address: `p${from + i}@many.example`,
      reason: 'hard_bounce' as const,
      native_type: 'failed',
      since,
      source,
      evidence,
      event_id: String(from + i).padStart(44, '0'),
    }))
    await importSuppressions(store, entries.map(importedOf), NOW_MS)
  }
}

describe('an event that is not stored any more', () => {
  const SIGNING = { provider: 'mailgun', secrets: { signing_key: 'key-0123456789abcdef0123456789abcdef' } }

  it('is judged by the copy in the suppression, by the provider of its source', async () => {
    await imported(1, 'mg', 'Too old')
    expect(await reviewed()).toEqual([])
    expect((await here.api('PUT', '/api/sources/mg', SIGNING)).status).toBe(201)
    const found = await reviewed()
    expect(found).toMatchObject([{ provider: 'mailgun', evidence: 'Too old', finding: 'mistaken' }])
    expect(await lift(found)).toEqual({ lifted: 1, kept: 0 })
  })

  it('is found in pages that look at 1,000 entries and list 100', async () => {
    await here.api('PUT', '/api/sources/mg', SIGNING)
    await here.api('PUT', '/api/sources/other', {
      provider: 'generic',
      secrets: { hmac: 'seeded-secret-of-a-review-test' },
    })
    await imported(LOOKED_AT_MAX + 5, 'other', 'Too old')
    const first = await here.api('GET', PATH)
    expect(first.json).toEqual({ suppressions: [], next_cursor: expect.any(String) })
    const second = await here.api('GET', `${PATH}?cursor=${String(first.json['next_cursor'])}`)
    expect(second.json).toEqual({ suppressions: [], next_cursor: null })

    store = await emptyStore()
    here = newConsole()
    await imported(250, 'mg', 'Too old')
    const sizes: number[] = []
    const seen = new Set<string>()
    for (let query: string | undefined = ''; query !== undefined;) {
      const { json }: Awaited<ReturnType<typeof here.api>> = await here.api(
        'GET',
        `${PATH}?limit=500${query}`,
      )
      const page = json['suppressions'] as ReviewedSuppression[]
      sizes.push(page.length)
      for (const { address } of page) seen.add(address)
      const cursor = json['next_cursor']
      query = typeof cursor === 'string' ? `&cursor=${cursor}` : undefined
    }
    expect(sizes).toEqual([100, 100, 50])
    expect(seen.size).toBe(250)
  })
})

describe('a request', () => {
  it.each([
    ['no entries', { entries: [] }],
    ['too many', { entries: Array.from({ length: 101 }, () => ({ address: ADA, reason: 'x', as_of: '2026-06-02T10:00:00.000Z' })) }],
    ['no time', { entries: [{ address: ADA, reason: 'hard_bounce', as_of: 'soon' }] }],
    ['wishes in words', { entries: [{ address: ADA, reason: 'x', as_of: '2026-06-02T10:00:00.000Z' }], wishes: 'yes' }],
  ])('of %s is refused', async (_what, body) => {
    expect(await here.api('POST', PATH, body)).toMatchObject({ status: 422, json: { code: 'body_invalid' } })
  }) // prettier-ignore
})
