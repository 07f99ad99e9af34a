import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { MIGRATIONS } from '../../../src/store/tables.ts'
import { noteRetries } from '../../../src/store/retrying.ts'
import type { CurrentFinding } from '../../../src/watch/operations/finding.ts'
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
      },
      dead_letters: 0,
      quarantined: 0,
      findings: [],
    })
    expect(faultsIn(json)).toEqual([])
    const sizes = (json['parts'] as { part: string; bytes: number | null }[]).filter(
      ({ bytes }) => bytes !== null,
    )
    expect(sizes).toEqual([{ part: 'registry', fault: null, bytes: expect.any(Number) }])
    expect(sizes[0]?.bytes).toBeGreaterThan(10_000)
  })

  it.each([
    ['queues', { EVENTS: { send: failing, metrics: failing } }, { queues: null }],
    ['queues', { EMAIL_DEAD: { metrics: failing } }, { queues: null }],
    ['large', { LARGE: { head: failing } }, { dead_letters: 0 }],
    ['backups', { BACKUPS: { head: failing } }, { dead_letters: 0 }],
    [
      'incidents',
      { INCIDENTS: { getByName: () => ({ status: failing, findings: failing }) } },
      { watch: null },
    ],
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
      const fault = part === 'backups' ? 'BucketUnavailable' : 'RangeError'
      expect(faultsIn(json)).toEqual([`${part} ${fault}`])
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

  const found = (change: Partial<CurrentFinding> = {}): CurrentFinding => ({
    kind: 'store_filling',
    subject: 'the store',
    source: null,
    severity: 'critical',
    sinceMs: 0,
    evidence: 'the store is 92 % full',
    advice: ['Make room.'],
    incident: null,
    ...change,
  })

  it.each<[string, Partial<CurrentFinding>, object]>([
    ['one that needs somebody', {}, { level: 'wrong', incident: null }],
    ['an info', { severity: 'info' }, { level: 'note' }],
    ['an incident', { incident: { number: 7, state: 'open' } }, { level: 'wrong', incident: 7 }],
    [
      'one that somebody cares for',
      { incident: { number: 7, state: 'acknowledged' } },
      { level: 'note', incident: 7 },
    ],
  ])('lists what the watch has found: %s', async (_what, change, expected) => {
    const json = await health({ INCIDENTS: incidentObjects({ findings: async () => [found(change)] }) })
    expect(json['findings']).toEqual([
      expect.objectContaining({
        kind: 'store_filling',
        title: 'The store will be full',
        subject: 'the store',
        since: '1970-01-01T00:00:00.000Z',
        says: 'the store is 92 % full',
        todo: ['Make room.'],
        ...expected,
      }),
    ])
  })

  it('lists as many as one answer takes, and says how many are left out', async () => {
    const many = Array.from({ length: 503 }, () => found())
    const json = await health({ INCIDENTS: incidentObjects({ findings: async () => many }) })
    expect([(json['findings'] as unknown[]).length, json['findings_left_out']]).toEqual([500, 3])
  })

  it.each<[string, Partial<Record<'status' | 'keyState' | 'findings', unknown>>, readonly string[]]>([
    [
      'a part that does not answer it',
      { status: failing, findings: failing },
      ['dependency_down error the watch'],
    ],
    ['a Worker without a key', { keyState: failing }, ['master_key critical the master key']],
    [
      'a Worker with another key',
      { keyState: async () => ({ keys: ['v1:00000000'], unreadable: [] }) },
      ['master_key critical the master key'],
    ],
    [
      'a full store, once',
      {
        status: async () => ({
          ...(await incidentObjects().getByName('').status()),
          store: { fault: 'DatabaseFull', sinceMs: 0 },
        }),
        findings: async () => [found({ kind: 'dependency_down' })],
      },
      ['dependency_down critical the store'],
    ],
  ])('adds what only the console sees: %s', async (_what, answers, expected) => {
    const json = await health({ INCIDENTS: incidentObjects(answers as object) })
    const findings = json['findings'] as { kind: string; severity: string; subject: string }[]
    expect(findings.map(({ kind, severity, subject }) => `${kind} ${severity} ${subject}`)).toEqual(expected)
  })

  it('says that the store is full, though it answers, and lists no retries, which it could not note', async () => {
    const well = incidentObjects().getByName('incidents')
    const full = async () => ({ ...(await well.status()), store: { fault: 'DatabaseFull', sinceMs: 0 } })
    const json = await health({ INCIDENTS: incidentObjects({ status: full }) })
    expect(faultsIn(json)).toEqual(['store DatabaseFull'])
    expect(json).toMatchObject({ dead_letters: 0, retrying: null })
  })

  it('says how the store grows', async () => {
    const noonMs = Date.parse('2026-11-29T12:00:00.000Z')
    await storeSegments([noonMs - 4 * 3_600_000, noonMs])
    const growthWith = async (ARCHIVE: R2Bucket | undefined) => {
      const here = newConsole({ ARCHIVE })
      here.clock.nowMs = noonMs
      return (await here.api('GET', '/api/health')).json['growth']
    }
    const all = [await growthWith(undefined), await growthWith(env.ARCHIVE)]
    await env.STORE.prepare('DELETE FROM segments').run()
    const size = { events: 20, events_ever: 20, events_a_day: 20 }
    const archive = { events_waiting: 20, waiting_since: '2026-11-29T08:00:00.000Z' }
    expect(all).toEqual([
      expect.objectContaining({ ...size, full_at: null, archive: null }),
      expect.objectContaining({ ...size, full_at: expect.any(String), archive }),
    ])
  })

  it('names missing migrations', async () => {
    const [first = ''] = MIGRATIONS
    await env.STORE.prepare('UPDATE d1_migrations SET name = ?1 WHERE name = ?2')
      .bind('0000_other.sql', first)
      .run()
    expect(await health()).toMatchObject({
      missing_migrations: [first],
      dead_letters: 0,
      findings: [{ kind: 'migrations_missing', level: 'wrong' }],
    })
    await env.STORE.prepare('UPDATE d1_migrations SET name = ?2 WHERE name = ?1')
      .bind('0000_other.sql', first)
      .run()
  })
})
