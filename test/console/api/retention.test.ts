import { env } from 'cloudflare:workers'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type RetentionAnswer, settingsOf } from '../../../src/api/retention.ts'
import { holder, sending } from '../credentials.ts'
import { type TestConsole, migrate, newConsole } from '../support.ts'

const PATH = '/api/retention'
const ADA = 'ada@example.com'
const REASON = { 'x-reason': 'a new policy' }

let here: TestConsole
let send: ReturnType<typeof sending>

beforeAll(migrate)

beforeEach(async () => {
  here = newConsole()
  send = sending(here, env.ADMIN_TOKEN)
  await send('PUT', PATH, { holds: [] }, REASON)
})

const documentOf = (json: Record<string, unknown>) => json['document'] as Record<string, unknown>
const kindsOf = (json: Record<string, unknown>) => json['kinds'] as RetentionAnswer['kinds']
/** The answer about the things of one setting. */
const settingOf = (json: Record<string, unknown>, setting: string) =>
  settingsOf(kindsOf(json)).find((one) => one.setting === setting)

describe('retention', () => {
  it('is put and read with all defaults, and says what each kind keeps', async () => {
    const put = await here.api('PUT', PATH, { events: 500, events_by_type: { 'email.opened': 450 } })
    expect(put.status).toBe(200)
    const read = await here.api('GET', PATH)
    expect(read.json).toEqual({ ...put.json, kinds: read.json['kinds'] })
    expect(read.headers.get('etag')).toBe(`"${String(read.json['version'])}"`)
    expect(documentOf(read.json)).toEqual({
      events: 500,
      archive: 730,
      quarantine: 90,
      dead_letters: 90,
      refusals: 30,
      attempts: 7,
      incidents: 730,
      signals: 100,
      audit: null,
      backups: 30,
      figures: 1_100,
      events_by_type: { 'email.opened': 450 },
      holds: [],
    })
    const nothing = { kept_since: null, next: { count: 0, is_more: false, is_estimate: false } }
    expect(kindsOf(read.json).find(({ kind }) => kind === 'unread')).toEqual({
      kind: 'unread',
      settings: [
        { setting: 'quarantine', days: 90, ...nothing },
        { setting: 'dead_letters', days: 90, ...nothing },
      ],
      is_held: false,
      last_run: null,
    })
    // The answer is a document again.
    expect((await here.api('PUT', PATH, documentOf(read.json))).json).toEqual(put.json)
  })

  it('is shown after the nightly task with what that removed', async () => {
    await env.STORE.prepare(
      `INSERT INTO dead_letters (id, reason, attempts, first_failed_at, last_failed_at)
       VALUES ('old', 'store_failed', 1, 1, 1)`,
    ).run()
    const letters = async () => settingOf((await here.api('GET', PATH)).json, 'dead_letters')
    expect(await letters()).toMatchObject({
      kept_since: '1970-01-01T00:00:00.001Z',
      next: { count: 1, is_more: false },
    })
    await here.scheduled()
    expect(await letters()).toMatchObject({
      kept_since: null,
      next: { count: 0 },
      last_run: { removed: 1, is_more: false, fault: null },
    })
    const { json } = await here.api('GET', '/api/audit?limit=50')
    expect(json['entries']).toContainEqual(
      expect.objectContaining({ action: 'retention.enforced', after: { unread: 1 } }),
    )
  })

  it('is refused with all its problems, without a value', async () => {
    const wrong = { events: 0, backups: 31, holds: [{ person: 'a secret text', reason: 'x' }] }
    for (const [method, path] of [
      ['PUT', PATH],
      ['POST', `${PATH}/plan`],
    ] as const) {
      const { status, json } = await here.api(method, path, wrong)
      expect([status, json['code']]).toEqual([422, 'document_invalid'])
      expect((json['problems'] as { path: string }[]).map(({ path }) => path).toSorted()).toEqual([
        'backups',
        'events',
        'holds.0.person',
      ])
      expect(JSON.stringify(json)).not.toContain('a secret text')
    }
  })

  it('that keeps less needs a reason, and its plan says so and changes nothing', async () => {
    const before = await here.api('GET', PATH)
    const plan = await here.api('POST', `${PATH}/plan`, { events: 30 })
    expect(plan.json).toMatchObject({ is_shortened: true, document: { events: 30 } })
    // Only what it changes is counted.
    expect(settingsOf(kindsOf(plan.json)).map(({ setting, days }) => [setting, days])).toEqual([
      ['events', 30],
    ])
    expect((await here.api('PUT', PATH, { events: 30 })).json).toMatchObject({ code: 'reason_needed' })
    expect((await here.api('GET', PATH)).json).toEqual(before.json)
    expect((await send('PUT', PATH, { events: 30 }, REASON)).status).toBe(200)
  })

  it('is changed only at the version that was seen', async () => {
    const { json } = await here.api('GET', PATH)
    const at = (version: unknown) => ({ 'if-match': `"${String(version)}"` })
    expect((await send('PUT', PATH, { events: 600 }, at(1))).status).toBe(412)
    expect((await send('PUT', PATH, { events: 600 }, { 'if-none-match': '*' })).status).toBe(412)
    expect((await send('PUT', PATH, { events: 600 }, at(json['version']))).status).toBe(200)
    expect((await send('PUT', PATH, { events: 700 }, at(json['version']))).status).toBe(412)
  })
})

describe('a held person', () => {
  const HOLDS = [
    { person: ADA, reason: `asked for by ${ADA}` },
    { source: 'shop', reason: 'dispute 4711' },
  ]

  it('is shown to operators, and to viewers as somebody', async () => {
    await send('PUT', PATH, { holds: HOLDS })
    const [operator, viewer] = [await holder(here, 'operator'), await holder(here, 'viewer')]
    const shown = documentOf((await operator.send('GET', PATH)).json)['holds']
    expect(shown).toMatchObject(HOLDS)
    const { json } = await viewer.send('GET', PATH)
    expect(documentOf(json)['holds']).toMatchObject([
      { person: null, reason: null },
      { source: 'shop', reason: null },
    ])
    expect(JSON.stringify(json)).not.toMatch(/ada@|4711/)
  })

  it('is in no line of the log, and in none of the audit log', async () => {
    await send('PUT', PATH, { holds: HOLDS })
    await here.scheduled()
    await send('PUT', PATH, { holds: [] }, { 'x-reason': `withdrawn by ${ADA}` })
    expect(JSON.stringify(here.logged)).not.toContain(ADA)
    const { json } = await here.api('GET', '/api/audit?limit=50')
    expect(JSON.stringify(json)).toContain('retention.changed')
    expect(JSON.stringify(json)).not.toContain(ADA)
  })
})

describe('who may', () => {
  it.each([
    ['viewer', 200, 403],
    ['operator', 200, 403],
    ['admin', 200, 200],
  ] as const)('%s reads it with %i and sets it with %i', async (role, reads, sets) => {
    const one = await holder(here, role)
    expect((await one.send('GET', PATH)).status).toBe(reads)
    expect((await one.send('PUT', PATH, { events: 500 })).status).toBe(sets)
    expect((await one.send('POST', `${PATH}/plan`, { events: 500 })).status).toBe(sets)
  })

  it('a token for some sources sees none of it', async () => {
    const one = await holder(here, 'operator', ['shop'])
    expect((await one.send('GET', PATH)).json).toMatchObject({ code: 'scope_too_narrow' })
  })

  it('an operator applies a configuration only as it is for admins', async () => {
    const operator = await holder(here, 'operator')
    const apply = (retention: object, more: object = {}) =>
      operator.send('POST', '/api/configuration', { sources: {}, retention, ...more }, REASON)
    const { json } = await here.api('GET', '/api/configuration')
    // It was saved, with all defaults.
    expect([json['retention'], (await apply({})).status]).toEqual([{}, 200])
    expect((await apply({ events: 500 }, { dry_run: true })).json).toMatchObject({
      retention_change: { change: 'changed', is_shortened: false },
    })
    expect((await apply({ events: 500 })).json).toMatchObject({ code: 'role_too_low' })
    const admin = await send('POST', '/api/configuration', { sources: {}, retention: { events: 500 } })
    expect(admin.status).toBe(200)
    expect((await here.api('GET', '/api/configuration')).json['retention']).toEqual({ events: 500 })
    const less = await here.api('POST', '/api/configuration', { sources: {}, retention: { events: 30 } })
    expect(less.json).toMatchObject({ code: 'reason_needed' })
  })
})

describe('a kind that does not answer', () => {
  it('hides no other', async () => {
    const down = { getByName: () => ({ forget: () => Promise.reject(new TypeError('is away')) }) }
    here = newConsole({ SOURCE_WATCHERS: down as never })
    const { status, json } = await here.api('GET', PATH)
    expect(status).toBe(200)
    expect(
      settingsOf(kindsOf(json))
        .filter(({ next }) => next === null)
        .map(({ setting }) => setting),
    ).toEqual(['signals'])
  })
})
