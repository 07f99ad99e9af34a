import { beforeAll, describe, expect, it } from 'vitest'
import { type Assessment, type Finding, assessmentRoutes } from '../../../src/api/assessments.ts'
import { holder, sending } from '../credentials.ts'
import { type TestConsole, migrate, newConsole } from '../support.ts'

const PATH = '/api/assessments'
const REPORT = assessmentRoutes.recordAssessment.example as Assessment
const [FOUND] = REPORT.findings as [Finding]

let here: TestConsole

beforeAll(async () => {
  await migrate()
  here = newConsole()
})

describe('a report of an assessment', () => {
  it('is stored, listed newest first with its worst finding, and read', async () => {
    const first = await here.api('POST', PATH, { ...REPORT, findings: [] })
    here.clock.nowMs += 1_000
    const report = { ...REPORT, findings: [{ ...FOUND, severity: 'low' }, FOUND], left_behind: [] }
    const second = await here.api('POST', PATH, report)
    expect([first.status, second.status]).toEqual([201, 201])
    expect(first.json).toMatchObject({ findings: 0, worst: null, probes: 1, not_done: 0 })
    expect(second.json).toMatchObject({ findings: 2, worst: 'high' })
    expect((await here.api('GET', PATH)).json).toEqual({ assessments: [second.json, first.json] })
    const id = String(second.json['id'])
    expect((await here.api('GET', `${PATH}/${id}`)).json).toEqual({ ...report, id })
    const { entries } = (await here.api('GET', '/api/audit')).json as { entries: object[] }
    expect(entries[0]).toMatchObject({ action: 'assessment.recorded', target: `assessment/${id}` })
  })

  it.each<[string, object]>([
    ['another version', { version: 2 }],
    ['another severity', { findings: [{ ...FOUND, severity: 'bad' }] }],
    ['a long text', { findings: [{ ...FOUND, evidence: 'x'.repeat(2_001) }] }],
    ['too many findings', { findings: Array.from({ length: 10_001 }, () => FOUND) }],
  ])('with %s is refused', async (_, change) => {
    expect((await here.api('POST', PATH, { ...REPORT, ...change })).json).toMatchObject({
      code: 'body_invalid',
    })
  })

  it.each(['nothing', '20261125T090000000Z', 'x'.repeat(2_000)])('is not found under %s', async (id) => {
    expect((await here.api('GET', `${PATH}/${id}`)).json).toMatchObject({ code: 'assessment_unknown' })
  })

  it('is for admins alone', async () => {
    const send = sending(here, (await holder(here, 'operator')).token)
    expect([(await send('POST', PATH, REPORT)).status, (await send('GET', PATH)).status]).toEqual([403, 403])
  })
})
