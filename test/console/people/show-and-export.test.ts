/** An operator asks how much is known of a person, and for all of it. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { PART_NAMES } from '../../../src/api/person-data.ts'
import type { MailEvent } from '../../../src/event/mail-event.ts'
import { fromBase64, toBase64, toHex, utf8 } from '../../../src/platform/bytes.ts'
import { toInstant } from '../../../src/platform/time.ts'
import { storeDeadLetter } from '../../../src/store/dead-letters.ts'
import { archivePseudonym } from '../../../src/store/pseudonym.ts'
import { addSuppression, removeSuppression } from '../../../src/store/suppressions.ts'
import { consumeEvents, consumerDeps } from '../../support/consumer.ts'
import { ATTEMPT, destinationObjects } from '../../support/destinations.ts'
import { NOON_MS, contentsOf, deliveryFacts, mailEvent } from '../../support/mail-events.ts'
import { putIntoQuarantine } from '../../support/quarantine.ts'
import { inlineEnvelope } from '../../support/queue.ts'
import { emptyStore } from '../../support/store.ts'
import { type Holder, holder } from '../credentials.ts'
import { type TestConsole, newConsole, store } from '../support.ts'

const ADA = 'ada@example.com'
const REASON = { 'x-reason': 'request 4711' }

/** Events of Ada, of two sources, and one of somebody else in the same delivery. */
const storedEvents = async (count = 2): Promise<MailEvent[]> => {
  const hers = Array.from({ length: count }, (_, nr) => nr)
  const events = await Promise.all([
    ...hers.map((nr) => mailEvent({ type: 'email.opened', atMs: NOON_MS + nr, nr, source: 'shop' })),
    mailEvent({
      type: 'email.bounced',
      atMs: NOON_MS + 60_000,
      source: 'crm',
      bounce_type: 'hard',
      reason: 'no such user <b>ada</b>',
    }),
    mailEvent({ type: 'email.opened', atMs: NOON_MS, recipient: 'grace@example.com' }),
  ])
  for (const [, some] of Map.groupBy(events, ({ source }) => source))
    await consumeEvents(consumerDeps(store), some)
  return events
}

let here: TestConsole
let operator: Holder
beforeEach(async () => {
  await emptyStore()
  here = newConsole()
  operator = await holder(here, 'operator')
})

const show = async (address: string) =>
  (await here.api('POST', '/api/people/show', { address })).json as {
    places: { place: string; count: number | null; since: string; until: string }[]
    archive: { pseudonym: string } | null
  }

const exported = (body: object, headers: Record<string, string> = REASON, who = operator) =>
  who.send('POST', '/api/people/export', body, headers)

const linesOf = async (action: string) =>
  (
    (await here.api('GET', `/api/audit?limit=200&action=${action}`)).json['entries'] as Record<
      string,
      unknown
    >[]
  ).filter((line) => line['action'] === action)

describe('what is known of a person', () => {
  it('is counted by place, with the time of the oldest and the newest', async () => {
    await storedEvents()
    const { places } = await show(` Ada <${ADA.toUpperCase()}>`)
    expect(places.map(({ place, count, since, until }) => [place, count, since, until])).toEqual([
      ['key', 1, null, null],
      ['events', 3, toInstant(NOON_MS), toInstant(NOON_MS + 60_000)],
      ['suppressions', 1, toInstant(NOON_MS + 60_000), toInstant(NOON_MS + 60_000)],
      ['evidence', 1, toInstant(NOON_MS + 60_000), toInstant(NOON_MS + 60_000)],
    ])
  })

  it('is nothing for an address that nobody knows, and the audit log says who asked', async () => {
    await storedEvents()
    expect(await show('nobody@example.com')).toMatchObject({ places: [], archive: null })
    const target = `person/${await store.people.indexOf('nobody@example.com')}`
    expect((await linesOf('person.shown'))[0]).toMatchObject({ target })
  })
})

describe('an export', () => {
  it('has all events of the person, suppressions with the evidence and the note, and nothing of others', async () => {
    const events = await storedEvents()
    await addSuppression(store, ADA, 'asked by phone', NOON_MS)
    const { status, json } = await exported({ address: ADA })
    expect(status).toBe(200)
    const ids = (json['events'] as MailEvent[]).map(({ id }) => id)
    const hers = events.filter(({ recipient }) => recipient === ADA)
    expect(new Set(ids)).toEqual(new Set(hers.map(({ id }) => id)))
    expect(json['suppressions']).toMatchObject([
      { reason: 'hard_bounce', evidence: 'no such user <b>ada</b>', source: 'crm' },
      { reason: 'manual', note: 'asked by phone', source: null },
    ])
    expect(JSON.stringify(json)).not.toContain('grace')
    expect(json['next_cursor']).toBeNull()
  })

  it('has reasons that were lifted, and who lifted them', async () => {
    await storedEvents()
    await removeSuppression(store, ADA, NOON_MS + 100_000, 'admin')
    const { json } = await exported({ address: ADA })
    expect(json['liftings']).toEqual([
      { at: toInstant(NOON_MS + 100_000), by: 'admin', source: null, reading: null, scope: null },
    ])
    expect(json['suppressions']).toContainEqual(
      expect.objectContaining({
        reason: 'hard_bounce',
        since: null,
        lifted_at: toInstant(NOON_MS + 100_000),
      }),
    )
  })

  it('has the key of the person and the pseudonym that is made with it, if there is an archive', async () => {
    await storedEvents()
    await env.STORE.prepare(
      `INSERT INTO archive_files (first_segment, last_segment, dt, state, claim_id, key, events, contents_bytes, first_stored_at,
         last_stored_at, claimed_at, bytes, sha256) VALUES (1, 1, '2026-06-03', 'written', 'c', 'k', 1, 1, 1, 1, 1, 1, 'ab')`,
    ).run()
    const { json } = await exported({ address: ADA })
    const pseudonym = toHex(await archivePseudonym(fromBase64(String(json['key'])) ?? new Uint8Array()))
    expect(json['archive']).toEqual({
      pseudonym,
      files: 1,
      first_day: '2026-06-03',
      last_day: '2026-06-03',
    })
  })

  it('has what destinations were sent, without the ids of others and without the answer to a batch', async () => {
    const all = await storedEvents()
    const [hers = '', theirs = ''] = [all[0]?.id, all.at(-1)?.id]
    const single = { ...ATTEMPT, event_ids: [hers], response: 'thanks for ada' }
    const batch = { ...single, kind: 'batch' as const, event_ids: [hers, theirs], events: 2 }
    const asked: string[] = []
    const attemptsOf = async (person: string) => (asked.push(person), [single, batch])
    here = newConsole({ DESTINATIONS: destinationObjects({ attemptsOf }) })
    const names = ['app', 'warehouse']
    for (const name of names)
      await here.api('PUT', `/api/destinations/${name}`, { url: 'https://app.example.com/hook' })
    operator = await holder(here, 'operator')
    const found: Record<string, unknown>[] = []
    let cursor: unknown
    do {
      const { json } = await exported({ address: ADA, ...(cursor === undefined ? {} : { cursor }) })
      found.push(...(json['deliveries'] as Record<string, unknown>[]))
      cursor = json['next_cursor'] ?? undefined
    } while (cursor !== undefined)
    expect(found.map(({ destination }) => destination)).toEqual(['app', 'app', 'warehouse', 'warehouse'])
    expect(found[0]).toMatchObject({
      event_id: hers,
      events: 1,
      response: 'thanks for ada',
      personal: 'full',
    })
    expect(found[1]).toMatchObject({ event_id: null, events: 2, response: null })
    expect(new Set(asked)).toEqual(new Set([await store.people.indexOf(ADA)]))
    expect(JSON.stringify(found)).not.toContain(theirs)
    for (const name of names) await here.api('DELETE', `/api/destinations/${name}`)
  })

  it('has what is in quarantine and in dead letters, and of entries with others only what is of the person', async () => {
    const quarantined = (text: string) =>
      putIntoQuarantine(
        store,
        { problem: 'body_unreadable', content_type: null, query: '', headers: {}, body: toBase64(utf8(text)), item: false },
        deliveryFacts({ source: 'shop' }),
      ) // prettier-ignore
    await quarantined('to <ada@example.com> with words of hers')
    await quarantined('ada%40example.com and grace@example.com')
    await quarantined('grace@example.com alone')
    const events = await Promise.all(
      [ADA, 'grace@example.com'].map((recipient) =>
        mailEvent({ type: 'email.opened', atMs: NOON_MS, recipient }),
      ),
    )
    const envelope = await inlineEnvelope(contentsOf(events), 'req_1/0')
    await storeDeadLetter(store, { messageId: 'q', envelope, reason: 'store_failed', attempts: 1 }, NOON_MS)
    const { json } = await exported({ address: ADA })
    const found = json['quarantine'] as { names_others: boolean; body: string | null }[]
    expect(new Set(found.map(({ names_others, body }) => `${names_others}: ${body}`))).toEqual(
      new Set(['false: to <ada@example.com> with words of hers', 'true: null']),
    )
    expect(json['dead_letters']).toMatchObject([{ id: 'req_1.0', events: [{ recipient: ADA }] }])
    expect(JSON.stringify(json)).not.toContain('grace')
    expect((await show(ADA)).places).toMatchObject([
      { place: 'quarantine', count: 2 },
      { place: 'dead_letters', count: 1 },
    ])
  })

  it('is one line in the audit log, which has a keyed hash and no address, also with many pages', async () => {
    await storedEvents(501)
    const before = (await linesOf('person.exported')).length
    const first = await exported({ address: ADA })
    const second = await exported({ address: ADA, cursor: first.json['next_cursor'] })
    const ids = [first, second].flatMap(({ json }) => (json['events'] as MailEvent[]).map(({ id }) => id))
    expect(new Set(ids).size).toBe(502)
    expect(ids).toHaveLength(502)
    expect(first.json['suppressions']).toEqual([])
    expect(second.json['suppressions']).toHaveLength(1)
    const lines = (await linesOf('person.exported')).slice(0, -before || undefined)
    expect(lines).toMatchObject([
      { reason: 'request 4711', target: `person/${await store.people.indexOf(ADA)}` },
    ])
  })

  it.each([
    ['without a reason', { address: ADA }, {}, 400, 'reason_needed'],
    ['of a malformed address', { address: 'ada' }, REASON, 422, 'body_invalid'],
    ['of two addresses', { address: `${ADA},grace@example.com` }, REASON, 422, 'body_invalid'],
    ['of no address', {}, REASON, 422, 'body_invalid'],
    ['with a cursor that is none', { address: ADA, cursor: 'AAAA' }, REASON, 400, 'parameter_invalid'],
  ])('%s is refused', async (_which, body, headers, status, code) => {
    const answered = await exported(body, headers)
    expect({ status: answered.status, code: answered.json['code'] }).toEqual({ status, code })
    expect(JSON.stringify(answered.json)).not.toContain(ADA)
  })

  it.each([
    ['another person', 'grace@example.com', 'the same', 0],
    ['another caller', ADA, 'another', 0],
    ['a day later', ADA, 'the same', 86_400_000],
  ])('is not gone on with for %s', async (_which, address, caller, laterMs) => {
    await storedEvents(501)
    const { json } = await exported({ address: ADA })
    here.clock.nowMs += laterMs
    const who = caller === 'another' ? await holder(here, 'operator') : operator
    expect(await exported({ address, cursor: json['next_cursor'] }, REASON, who)).toMatchObject({
      status: 400,
      json: { code: 'parameter_invalid' },
    })
  })

  it.each([
    ['viewer', undefined, 'role_too_low'],
    ['operator', ['shop'], 'scope_too_narrow'],
  ] as const)('and a count are refused to a %s for %s', async (role, sources, code) => {
    const who = await holder(here, role, sources)
    for (const path of ['show', 'export'])
      expect(await who.send('POST', `/api/people/${path}`, { address: ADA }, REASON)).toMatchObject({
        status: 403,
        json: { code },
      })
  })

  it('is kept nowhere for a repetition', async () => {
    await storedEvents()
    const again = { ...REASON, 'idempotency-key': 'the-same' }
    expect((await exported({ address: ADA }, again)).json['key']).not.toBeNull()
    await env.STORE.prepare('DELETE FROM recipients').run()
    expect((await exported({ address: ADA }, again)).json['key']).toBeNull()
  })

  it('has each part', async () => {
    const { json } = await exported({ address: ADA })
    expect(Object.keys(json)).toEqual(expect.arrayContaining([...PART_NAMES]))
  })
})
