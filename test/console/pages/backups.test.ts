import { beforeAll, expect, it } from 'vitest'
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
