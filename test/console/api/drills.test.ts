import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { type DrillReport, drillRoutes } from '../../../src/api/drills.ts'
import { toInstant } from '../../../src/platform/time.ts'
import { holder, sending } from '../credentials.ts'
import { type TestConsole, migrate, newConsole } from '../support.ts'

const PATH = '/api/drills'
const REPORT = drillRoutes.recordDrill.example as DrillReport
const FAILED = { passed: false, checks: [{ name: 'sources', passed: false, found: '11 of 12' }] }
const DAY_MS = 86_400_000

let here: TestConsole

beforeAll(async () => {
  await migrate()
  here = newConsole()
})

const state = () => env.REGISTRY.getByName('registry').drills.state()

describe('a report of a drill', () => {
  it('is stored as JSON and as Markdown, listed newest first, and read', async () => {
    const first = await here.api('POST', PATH, REPORT)
    here.clock.nowMs += 1_000
    const second = await here.api('POST', PATH, { ...REPORT, kind: 'failover', ...FAILED })
    expect([first.status, second.status]).toEqual([201, 201])
    expect(first.json['id']).toMatch(/-restore$/)
    expect((await here.api('GET', PATH)).json).toEqual({ drills: [second.json, first.json] })
    const id = String(second.json['id'])
    expect((await here.api('GET', `${PATH}/${id}`)).json).toEqual({
      ...REPORT,
      id,
      kind: 'failover',
      ...FAILED,
    })
    const text = await (await env.BACKUPS.get(`drills/${String(first.json['id'])}.md`))?.text()
    expect(text).toBe(
      [
        '# Restore drill, 2026-11-25: passed',
        '',
        'The backup of last night was restored, and gives the same answers.',
        '',
        'Postern 1.0.0. From 2026-11-25T09:00:00Z until 2026-11-25T09:00:12Z.',
        '',
        '| measured | | |',
        '|---|---|---|',
        '| RTO | 9.4 seconds | From the start until it answered. |',
        '',
        '| check | | found |',
        '|---|---|---|',
        '| sources | passed | 12 of 12 are the same. |',
        '',
      ].join('\n'),
    )
    const { entries } = (await here.api('GET', '/api/audit')).json as { entries: object[] }
    expect(entries[0]).toMatchObject({
      action: 'drill.recorded',
      target: `drill/${id}`,
      after: { kind: 'failover', passed: false },
    })
  })

  it('has no Markdown but its own', async () => {
    const checks = [{ name: 'a|b\n# c', passed: false, found: '<img src=x> **d** [e](https://f.example)' }]
    const { json } = await here.api('POST', PATH, { ...REPORT, passed: false, checks })
    const text = await (await env.BACKUPS.get(`drills/${String(json['id'])}.md`))?.text()
    expect(text).toContain(
      String.raw`| a\|b # c | **failed** | \<img src=x\> \*\*d\*\* \[e\](https://f.example) |`,
    )
  })

  it.each([
    ['another kind', { kind: 'fire' }],
    ['a result that its checks do not have', { passed: false }],
    ['no checks that passed', { checks: [] }],
    ['a failed check', { checks: FAILED.checks }],
    ['an address in its summary', { summary: 'Restored for ada@example.com.' }],
    ['an address in a check', { checks: [{ name: 'x', passed: true, found: 'ada＠example.com' }] }],
    ['no time', { began_at: 'yesterday' }],
    ['a long name', { checks: [{ name: 'x'.repeat(201), passed: true, found: 'x' }] }],
    [
      'too many checks',
      { checks: Array.from({ length: 1_001 }, () => ({ name: 'x', passed: true, found: 'x' })) },
    ],
  ])('with %s is refused', async (_, change) => {
    expect((await here.api('POST', PATH, { ...REPORT, ...change })).json).toMatchObject({
      code: 'body_invalid',
    })
  })

  it.each(['nothing', '20261125T090000000Z-restore', 'x'.repeat(2_000)])(
    'is not found under %s',
    async (id) => {
      expect((await here.api('GET', `${PATH}/${id}`)).json).toMatchObject({ code: 'drill_unknown' })
    },
  )

  it('of an earlier version that names somebody is not shown', async () => {
    const { id } = (await here.api('POST', PATH, REPORT)).json as { id: string }
    const summary = 'Restored for ada@example.com.'
    const outline = { id, ...REPORT, summary, figures: undefined, checks: undefined }
    await env.BACKUPS.put(`drills/${id}.json`, JSON.stringify({ ...REPORT, summary }), {
      customMetadata: { outline: JSON.stringify(outline) },
    })
    expect(JSON.stringify((await here.api('GET', PATH)).json)).not.toContain('ada@')
    expect((await here.api('GET', `${PATH}/${id}`)).json).toMatchObject({ code: 'drill_unknown' })
  })

  it.each([
    ['viewer', 403],
    ['operator', 403],
    ['admin', 201],
  ] as const)('of a %s gets %d', async (role, status) => {
    const send = sending(here, (await holder(here, role)).token)
    expect((await send('POST', PATH, REPORT)).status).toBe(status)
  })
})

describe('the next restore drill', () => {
  it.each<[what: string, change: object, laterMs: number, isPractised: boolean]>([
    ['a restore that passed', {}, 1, true],
    ['an older one, stored later', {}, -1, false],
    ['a restore that failed', FAILED, 1, false],
    ['a failover', { kind: 'failover' }, 1, false],
  ])('after %s', async (_, change, laterMs, isPractised) => {
    await here.api('POST', PATH, REPORT)
    const lastMs = (await state()).restoredMs ?? 0
    await here.api('POST', PATH, { ...REPORT, ended_at: toInstant(lastMs + laterMs), ...change })
    const restoredMs = isPractised ? lastMs + laterMs : lastMs
    expect(await state()).toEqual({ restoredMs, dueMs: restoredMs + 90 * DAY_MS })
  })

  it('is not put off by a clock that is fast', async () => {
    await here.api('POST', PATH, { ...REPORT, ended_at: '9999-01-01T00:00:00Z' })
    expect((await state()).restoredMs).toBeLessThanOrEqual(Date.now())
  })
})
