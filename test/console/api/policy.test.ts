/** The suppression policy over the API: planned, taken, undone and explained, on an installation of before 0.4. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import type { SavedPolicy } from '../../../src/api/policy.ts'
import { importSuppressions } from '../../../src/store/import-suppressions.ts'
import { DEFAULT_POLICY, POLICY_BEFORE_0_4 } from '../../../src/store/policy/document.ts'
import type { Store } from '../../../src/store/store.ts'
import { NOW_MS, consumeEvents, consumerDeps } from '../../support/consumer.ts'
import { DAY_MS, NOON_MS, type SimulatedEvent, mailEvent } from '../../support/mail-events.ts'
import { rowsOf, storeBefore04 } from '../../support/store.ts'
import { holder, sending } from '../credentials.ts'
import { type TestConsole, newConsole } from '../support.ts'

const PATH = '/api/policy'

let store: Store
let here: TestConsole
beforeEach(async () => {
  store = await storeBefore04()
  here = newConsole()
  here.clock.nowMs = NOW_MS
})

const bounce = (recipient: string, day: number, change: Partial<SimulatedEvent> = {}): SimulatedEvent => ({
  type: 'email.bounced',
  bounce_type: 'hard',
  recipient: `${recipient}@example.com`,
  atMs: NOON_MS + (day - 100) * DAY_MS,
  ...change,
})

/** As version 0.3 stored them: without a cause, and without the evidence of hard bounces. */
async function stored(...events: readonly SimulatedEvent[]): Promise<void> {
  for (const [nr, event] of events.entries())
    await consumeEvents(consumerDeps(store), [await mailEvent({ nr, ...event })])
  await store.db.exec(`DELETE FROM evidence WHERE reason = 'hard_bounce'`)
  await store.db.exec(`UPDATE suppressions SET rule = NULL`)
}

const OLD: readonly SimulatedEvent[] = [
  bounce('gone', 0, { reason: '550 5.1.1 User unknown' }),
  bounce('gone', 3, { reason: '550 5.1.1 User unknown' }),
  bounce('blocked', 0, { reason: '550 5.7.1 listed by Spamhaus' }),
  bounce('riddle', 0),
  bounce('fresh', 90),
  // Full for five days only: a week is asked for.
  ...[0, 1, 2, 3, 4].map((day) => bounce('full', day, { bounce_type: 'soft', message_id: `m-${day}` })),
  // Twice a week for two weeks: five in thirty days, by both.
  ...[0, 3, 7, 10, 14].map((day) =>
    bounce('often', day + 80, { bounce_type: 'soft', message_id: `m-${day}` }),
  ),
]

const LIST = `SELECT lower(hex(recipient)) AS person, reason, since, as_of, event_id, expires_at, active
  FROM suppressions ORDER BY 1, 2`

const suppressed = async (name: string): Promise<unknown> =>
  (await here.api('GET', `/api/suppressions/${name}@example.com`)).json['suppressed']

async function inForce(): Promise<string[]> {
  const names = ['gone', 'blocked', 'riddle', 'fresh', 'full', 'often', 'listed']
  const all = await Promise.all(names.map(async (name) => ((await suppressed(name)) === true ? [name] : [])))
  return all.flat()
}

const LIFTS_NEWS_AND_SUPPRESSES_SOFT = {
  rules: [{ source: ['news'], bounce: 'hard', suppress: 'no' }, { suppress: 'at_once' }],
}

describe('a plan', () => {
  const soft = { bounce_type: 'soft' } as const
  const ofNews = { source: 'news' } as const
  it.each<[string, change: Partial<SimulatedEvent>, bounced: number, delivered: number, boolean]>([
    ['no yes to suppress a twentieth of those known', soft, 0, 19, false],
    ['a yes to suppress more', soft, 0, 18, true],
    ['no yes to lift a twentieth of those with bounces', ofNews, 19, 0, false],
    ['a yes to lift more, however many are known', ofNews, 18, 9, true],
  ])('needs %s', async (_, change, bounced, delivered, needs_confirmation) => {
    const others = (name: string, count: number, of: Partial<SimulatedEvent>) =>
      Array.from({ length: count }, (_other, nr) => bounce(`${name}${nr}`, 0, of))
    await stored(
      bounce('ada', 0, change),
      ...others('bob', bounced, {}),
      ...others('eve', delivered, { type: 'email.delivered' }),
    )
    const { json } = await here.api('POST', `${PATH}/plan`, LIFTS_NEWS_AND_SUPPRESSES_SOFT)
    expect(json).toMatchObject({ needs_confirmation })
  })
})

describe('the policy of an installation of before 0.4', () => {
  it('is what 0.3 did, and changes nothing', async () => {
    await stored(...OLD)
    const read = (await here.api('GET', PATH)).json
    expect(read).toEqual({ version: 0, taken_at: null, document: POLICY_BEFORE_0_4, is_judged: true })
    expect(await inForce()).toEqual(['gone', 'blocked', 'riddle', 'fresh', 'full', 'often'])
  })

  it('is replaced by the default after a plan, and taken back', async () => {
    await stored(...OLD)
    const listed = { address: 'listed@example.com', reason: 'hard_bounce', note: '', sinceMs: NOON_MS - 300 * DAY_MS, asOfMs: null, liftedAtMs: null, expiresAtMs: null, source: null, eventId: null, nativeType: null, evidence: null } as const // prettier-ignore
    await importSuppressions(store, [listed], NOW_MS)
    const before = await rowsOf(LIST)
    const plan = await here.api('POST', `${PATH}/plan`, DEFAULT_POLICY)
    expect(plan.json).toEqual({ version: 0, is_unchanged: false, people: 7, on: 0, off: 3, is_more: false, known: 7, needs_confirmation: true }) // prettier-ignore
    expect(await rowsOf(LIST)).toEqual(before)

    const taken = await here.api('PUT', `${PATH}?confirm=yes`, DEFAULT_POLICY)
    expect(taken.json).toMatchObject({ version: 1, is_judged: true, people: 7, on: 0, off: 3 })
    expect(taken.headers.get('etag')).toBe('"1"')
    expect(await inForce()).toEqual(['gone', 'fresh', 'often', 'listed'])
    const audit = (await here.api('GET', '/api/audit?limit=1')).json
    expect(audit['entries']).toMatchObject([{ action: 'policy.taken', target: 'policy' }])

    // Nobody comes on whom the plan does not name; half of those known do.
    const back = await here.api('POST', `${PATH}/plan`, POLICY_BEFORE_0_4)
    expect(back.json).toMatchObject({ on: 3, off: 0, needs_confirmation: true })
    expect(await here.api('PUT', PATH, POLICY_BEFORE_0_4)).toMatchObject({
      status: 409,
      json: { code: 'confirmation_needed' },
    })
    expect(await here.api('PUT', `${PATH}?confirm=yes`, POLICY_BEFORE_0_4)).toMatchObject({
      json: { version: 2, on: 3 },
    })
    expect(await rowsOf(LIST)).toEqual(before)
    expect((await here.api('PUT', PATH, POLICY_BEFORE_0_4)).json).toMatchObject({ version: 2, people: 0 })
  })

  it('is explained for a person, by bounce and rule', async () => {
    await stored(...OLD)
    await here.api('PUT', `${PATH}?confirm=yes`, DEFAULT_POLICY)
    const { json } = await here.api('GET', `${PATH}/explain/riddle@example.com`)
    expect(json).toMatchObject({
      version: 1,
      entries: [{ reason: 'hard_bounce', rule: 8, in_force: false }],
      bounces: [{ bounce_type: 'hard', cause: null, rule: 8 }],
    })
    expect(await here.api('GET', `/api/suppressions/riddle@example.com`)).toMatchObject({
      json: { suppressed: false, expired: [{ rule: 8 }] },
    })
    expect((await here.api('GET', `${PATH}/explain/nobody`)).status).toBe(400)
    expect((await here.api('GET', `${PATH}/explain/new@example.com`)).json).toEqual({
      version: 1,
      entries: [],
      bounces: [],
    })
  })

  it('is refused with all problems, and under another version', async () => {
    const wrong = { rules: [{ suppress: 'no', expires_days: 3 }, { suppress: 'at_once' }] }
    expect(await here.api('PUT', PATH, wrong)).toMatchObject({
      status: 422,
      json: { code: 'document_invalid', problems: [{ path: 'rules.0.expires_days' }, { path: 'rules.1' }] },
    })
    await here.api('PUT', `${PATH}?confirm=yes`, DEFAULT_POLICY)
    const stale = await sending(here, env.ADMIN_TOKEN)('PUT', PATH, POLICY_BEFORE_0_4, { 'if-match': '"7"' })
    expect(stale).toMatchObject({ status: 412 })
    expect(((await here.api('GET', PATH)).json as SavedPolicy).version).toBe(1)
  })

  it('is exported and applied with the configuration', async () => {
    await stored(...OLD)
    const apply = (policy: object, more: object = {}) =>
      here.api('POST', '/api/configuration', { sources: {}, policy, ...more })
    expect((await here.api('GET', '/api/configuration')).json).not.toHaveProperty('policy')
    const plan = await apply(DEFAULT_POLICY, { dry_run: true })
    expect(plan.json['policy_change']).toMatchObject({
      change: 'changed',
      settings: [{ after: 0 }, { after: 3 }],
    })
    expect(await apply(DEFAULT_POLICY)).toMatchObject({ status: 409 })
    const ofNobody = { source: ['nobody'], bounce: 'soft', suppress: 'no' }
    expect((await apply({ rules: [ofNobody, ...POLICY_BEFORE_0_4.rules] })).status).toBe(200)
    await here.api('PUT', `${PATH}?confirm=yes`, DEFAULT_POLICY)
    const exported = (await here.api('GET', '/api/configuration')).json['policy'] as object
    expect(exported).toEqual(DEFAULT_POLICY)
    expect((await apply(exported)).json['policy_change']).toMatchObject({ change: 'unchanged' })
    expect(await apply(POLICY_BEFORE_0_4)).toMatchObject({
      status: 409,
      json: { code: 'confirmation_needed' },
    })
    const wrong = await apply({ rules: [{ suppress: 'later' }] }, { destinations: { app: {} } })
    expect(wrong.json['problems']).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ path: 'policy.rules.0.suppress' }),
        expect.objectContaining({ path: expect.stringMatching(/^destinations/) as string }),
      ]),
    )
    const operator = await holder(here, 'operator')
    const body = { sources: {}, policy: { rules: [{ suppress: 'no' }] } }
    expect((await operator.send('POST', '/api/configuration', body)).status).toBe(403)
    expect((await here.api('GET', PATH)).json).toMatchObject({ version: 2 })
  })

  it('goes on judging where the time of a call was over', async () => {
    await stored(...OLD)
    await here.api('PUT', `${PATH}?confirm=yes`, DEFAULT_POLICY)
    await store.db.exec(`UPDATE policy SET version = 2, document = NULL, judged = ''`)
    expect((await here.api('GET', PATH)).json).toMatchObject({ is_judged: false })
    expect((await here.api('POST', `${PATH}/judge`, {})).json).toEqual({
      people: 6,
      on: 3,
      off: 0,
      is_judged: true,
    })
    expect((await here.api('POST', `${PATH}/judge`, {})).json).toEqual({
      people: 0,
      on: 0,
      off: 0,
      is_judged: true,
    })
  })
})
