import { beforeAll, expect, it } from 'vitest'
import { type Assessment, type Finding, assessmentRoutes } from '../../../src/api/assessments.ts'
import { type DrillReport, drillRoutes } from '../../../src/api/drills.ts'
import { migrate, newConsole } from '../support.ts'
import { visitor } from './visitor.ts'

beforeAll(migrate)

async function entered() {
  const here = newConsole()
  const someone = visitor(here)
  const form_token = await someone.enter()
  return { here, someone, form_token }
}

it('makes a backup with what is beside it, and lists it', async () => {
  const { here, someone, form_token } = await entered()
  await here.api('POST', '/api/suppressions', { address: 'ada@example.com' })
  expect(await someone.text('/backups')).toContain('No backup yet.')
  const response = await someone.post('/backups/make', { form_token })
  expect([response.status, response.headers.get('location')]).toEqual([303, '/backups?notice=made&count=0'])
  const html = await someone.html('/backups?notice=made&count=0')
  expect(html).toContain('The backup is made, with 0 sources.')
  const id = /<code[^>]*>(\d{8}T\d{9}Z)<\/code>/.exec(html)?.[1] ?? ''
  expect((await here.api('GET', `/api/backups/${id}/suppressions/0`)).status).toBe(200)
})

it('goes on page by page', async () => {
  const { here, someone } = await entered()
  for (let i = 0; i < 31; i++) {
    here.clock.nowMs += 1_000
    await here.api('POST', '/api/backups')
  }
  const rows = async (path: string) => (await someone.html(path)).match(/<code[^>]*>\d{8}T\d{9}Z</g) ?? []
  const html = await someone.html('/backups')
  const next = /href="([^"]+)" rel="next"/.exec(html)?.[1] ?? ''
  const [first, second] = [await rows('/backups'), await rows(next)]
  expect(first).toHaveLength(30)
  expect(second.length).toBeGreaterThan(0)
  expect(new Set([...first, ...second]).size).toBe(first.length + second.length)
})

it('lists drills, shows one with what failed first, and says since when a restore is due', async () => {
  const { here, someone } = await entered()
  expect(await someone.text('/drills')).toContain('No drill yet.')
  expect(await someone.text('/backups')).toContain('No restore was ever practiced.')
  const example = drillRoutes.recordDrill.example as DrillReport
  await here.api('POST', '/api/drills', example)
  const checks = [...example.checks, { name: 'secrets', passed: false, found: '<b>one differs</b>' }]
  here.clock.nowMs += 1_000
  const { json } = await here.api('POST', '/api/drills', {
    ...example,
    kind: 'failover',
    passed: false,
    checks,
  })
  const html = await someone.html(`/drills/${String(json['id'])}`)
  expect(html).toContain('&lt;b&gt;one differs&lt;/b&gt;')
  expect(html.indexOf('secrets')).toBeLessThan(html.indexOf('12 of 12 are the same.'))
  expect(html).toContain('9.4')
  expect(await someone.text('/drills?kind=restore')).not.toContain('■ failed')
  expect(await someone.text('/drills')).toContain('■ failed')
  expect(await someone.text('/backups')).toMatch(/A restore was last practiced/)
  expect((await someone.get('/drills/unknown')).status).toBe(404)
})

const REPORT = assessmentRoutes.recordAssessment.example as Assessment
const FOUND: Finding = {
  probe: 'headers',
  subject: 'referrer-policy of /login',
  title: 'The console sends the headers that protect a browser.',
  severity: 'medium',
  evidence: '/login has referrer-policy: <b>all\u202E</b>',
  remedy: 'Let no proxy change them.',
}

it('lists assessments, shows what one found and how to mend it, and what changed since the one before', async () => {
  const { here, someone } = await entered()
  expect(await someone.text('/assessments')).toContain('No assessment yet.')
  const record = async (report: Assessment) => {
    here.clock.nowMs += 1_000
    return `/assessments/${String((await here.api('POST', '/api/assessments', report)).json['id'])}`
  }
  const probes = [...REPORT.probes, { id: 'session', title: 'A session.', outcome: 'not_done' as const, reason: 'No token.' }] // prettier-ignore
  const first = await record({ ...REPORT, probes })
  await record({ ...REPORT, gateway: 'https://other.example.com', findings: [] })
  const second = await record({ ...REPORT, findings: [...REPORT.findings, FOUND] })
  const third = await record({ ...REPORT, findings: [FOUND], left_behind: [] })

  const listed = await someone.text('/assessments')
  expect(listed).toMatch(/▲ medium[^]*■ high[^]*● nothing found[^]*■ high/)

  const oldest = await someone.text(first)
  expect(oldest).toContain('It is the first report on this gateway.')
  expect(oldest).toMatch(/Not done[^]*session[^]*No token/)
  const html = await someone.html(second)
  expect(html).toContain('/login has referrer-policy: &lt;b&gt;all<span class="unseen">U+202E</span>')
  const text = await someone.text(second)
  expect(text).toMatch(/1 new, 1 as before, 0 gone, 0 not looked at/)
  expect(text).toMatch(/■ high [^]*Add a channel[^]*▲ medium new[^]*Let no proxy change them/)
  expect(text).toContain('postern sources remove NAME')
  expect(await someone.text(third)).toMatch(/0 new, 1 as before, 1 gone/)
  expect(await someone.text(third)).toMatch(/Gone since the one before[^]*There is no channel/)

  const file = await someone.get(`${third}/report.json`)
  expect(await file.json()).toEqual({ ...REPORT, findings: [FOUND], left_behind: [] })
  expect((await someone.get('/assessments/unknown')).status).toBe(404)
})
