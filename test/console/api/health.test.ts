import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { MIGRATIONS } from '../../../src/store/tables.ts'
import { noteRetries } from '../../../src/store/retrying.ts'
import { incidentObjects } from '../../support/incidents.ts'
import { storeSegments } from '../../support/segments.ts'
import { migrate, newConsole, store } from '../support.ts'

beforeAll(migrate)

const health = async (...changes: Parameters<typeof newConsole>) => {
  const { json, status } = await newConsole(...changes).api('GET', '/api/health')
  expect(status).toBe(200)
  return json
}

const failing = async (): Promise<never> => {
  throw new RangeError('the part is down, secret-of-the-part')
}

const faultsIn = (json: Record<string, unknown>) =>
  (json['parts'] as { part: string; fault: string | null }[])
    .filter(({ fault }) => fault !== null)
    .map(({ part, fault }) => `${part} ${fault}`)

describe('health', () => {
  it('is ok if everything works', async () => {
    const json = await health()
    expect(json).toMatchObject({
      gateway_url: 'https://gate.example',
      master_keys: ['gateway', 'consumer', 'console'].map((worker) => ({
        worker,
        keys: [expect.stringMatching(/^v1:[0-9a-f]{8}$/)],
        unreadable: [],
      })),
      missing_migrations: [],
      queues: [
        { queue: 'postern-events', backlog: 0, oldest_at: null },
        { queue: 'postern-dead', backlog: 0, oldest_at: null },
        { queue: 'postern-email-service', backlog: 0, oldest_at: null },
        { queue: 'postern-email-dead', backlog: 0, oldest_at: null },
      ],
      retrying: [],
      growth: {
        limit_bytes: 10_000_000_000,
        events: 0,
        events_ever: 0,
        events_a_day: 0,
        full_at: null,
        problems: [],
      },
      dead_letters: 0,
      quarantined: 0,
    })
    expect(faultsIn(json)).toEqual([])
  })

  it.each([
    ['queues', { EVENTS: { send: failing, metrics: failing } }, { queues: null }],
    ['queues', { EMAIL_DEAD: { metrics: failing } }, { queues: null }],
    ['large', { LARGE: { head: failing } }, { dead_letters: 0 }],
    ['backups', { BACKUPS: { head: failing } }, { dead_letters: 0 }],
    ['incidents', { INCIDENTS: { getByName: () => ({ status: failing }) } }, { watch: null }],
    ['refusals', { REFUSALS: { getByName: () => ({ latest: failing }) } }, { dead_letters: 0 }],
    [
      'store',
      { STORE: { prepare: (sql: string) => env.STORE.prepare(sql), batch: failing } },
      { dead_letters: null, retrying: null, growth: null, missing_migrations: null },
    ],
  ] as const)(
    'names only the %s if it is down, with the class of the error and no more',
    async (part, changes, rest) => {
      const json = await health(changes as unknown as Parameters<typeof newConsole>[0])
      expect(faultsIn(json)).toEqual([`${part} RangeError`])
      expect(json).toMatchObject(rest)
      expect(JSON.stringify(json)).not.toContain('secret-of-the-part')
    },
  )

  it('says which messages are being retried, and why', async () => {
    const here = newConsole()
    const retried = (messageId: string) => ({
      messageId,
      envelope: undefined,
      reason: 'store_failed' as const,
      attempts: 1,
      nextAtMs: here.clock.nowMs + 10_000,
    })
    await noteRetries(store, [retried('a'), retried('b')], [], here.clock.nowMs)
    const since = new Date(here.clock.nowMs).toISOString()
    const groups = async () => (await here.api('GET', '/api/health')).json['retrying']
    expect(await groups()).toEqual([
      { source: null, reason: 'store_failed', fault: null, messages: 2, since },
    ])
    await noteRetries(store, [], [retried('a'), retried('b')], here.clock.nowMs)
    expect(await groups()).toEqual([])
  })

  it('says how far the watch is, and what is wrong with it', async () => {
    const minute = Math.floor(Date.now() / 60_000) - 60
    const at = (one: number) => new Date(one * 60_000).toISOString()
    const status = async () => ({
      minute,
      minutesBehind: 58,
      missed: 3,
      openIncidents: 2,
      failing: { fault: 'RangeError', sinceMs: minute * 60_000 },
      store: null,
      skipped: { fromMinute: minute - 900, untilMinute: minute - 500 },
    })
    expect((await health({ INCIDENTS: incidentObjects({ status }) }))['watch']).toEqual({
      minute: at(minute),
      minutes_behind: 58,
      missed: 3,
      open_incidents: 2,
      failing: { fault: 'RangeError', since: at(minute) },
      skipped: { from: at(minute - 900), until: at(minute - 500) },
      problems: [
        expect.objectContaining({ problem: 'failing', level: 'wrong' }),
        expect.objectContaining({ problem: 'skipped', level: 'note' }),
      ],
    })
  })

  it('says that the store is full, though it answers, and lists no retries, which it could not note', async () => {
    const well = incidentObjects().getByName('incidents')
    const full = async () => ({ ...(await well.status()), store: { fault: 'DatabaseFull', sinceMs: 0 } })
    const json = await health({ INCIDENTS: incidentObjects({ status: full }) })
    expect(faultsIn(json)).toEqual(['store DatabaseFull'])
    expect(json).toMatchObject({ dead_letters: 0, retrying: null })
  })

  it.each([
    [
      'without an archive, retention removes in time',
      undefined,
      { full_at: null, archive: null, problems: [] },
    ],
    [
      'with an archive that has not written for hours',
      env.ARCHIVE,
      {
        full_at: expect.any(String),
        archive: { events_waiting: 20, waiting_since: '2026-11-29T08:00:00.000Z' },
        problems: [{ problem: 'archive_behind', level: 'wrong' }],
      },
    ],
  ])('says how the store grows: %s', async (_what, ARCHIVE, expected) => {
    const noonMs = Date.parse('2026-11-29T12:00:00.000Z')
    await storeSegments([noonMs - 4 * 3_600_000, noonMs])
    const here = newConsole({ ARCHIVE })
    here.clock.nowMs = noonMs
    const { growth } = (await here.api('GET', '/api/health')).json
    await env.STORE.prepare('DELETE FROM segments').run()
    expect(growth).toMatchObject({
      events: 20,
      events_ever: 20,
      events_a_day: 20,
      ...expected,
    })
  })

  it('names missing migrations', async () => {
    const [first = ''] = MIGRATIONS
    await env.STORE.prepare('UPDATE d1_migrations SET name = ?1 WHERE name = ?2')
      .bind('0000_other.sql', first)
      .run()
    expect(await health()).toMatchObject({ missing_migrations: [first], dead_letters: 0 })
    await env.STORE.prepare('UPDATE d1_migrations SET name = ?2 WHERE name = ?1')
      .bind('0000_other.sql', first)
      .run()
  })
})
