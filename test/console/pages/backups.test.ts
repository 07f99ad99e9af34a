import { env } from 'cloudflare:workers'
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
  expect(await someone.text('/system')).toContain('Backups none yet')
  const response = await someone.post('/backups/make', { form_token })
  expect([response.status, response.headers.get('location')]).toEqual([303, '/system?notice=made&count=0'])
  expect(await someone.text('/system?notice=made&count=0')).toMatch(
    /The backup is made, with 0 sources\..+Backups complete/,
  )
  const html = await someone.html('/system')
  const id = /<code[^>]*>(\d{8}T\d{9}Z)<\/code>/.exec(html)?.[1] ?? ''
  expect((await here.api('GET', `/api/backups/${id}/suppressions/0`)).status).toBe(200)
})

it('lists reports of drills as files, and says since when a restore is due', async () => {
  const { here, someone } = await entered()
  expect(await someone.text('/system')).toMatch(/Restore practiced never Next due/)
  const example = drillRoutes.recordDrill.example as DrillReport
  await here.api('POST', '/api/drills', example)
  here.clock.nowMs += 1_000
  const failed = { passed: false, checks: [{ name: 'secrets', passed: false, found: 'one differs' }] }
  const { json } = await here.api('POST', '/api/drills', { ...example, ...failed, kind: 'failover' })
  const file = await someone.get(`/drills/${String(json['id'])}`)
  expect(file.headers.get('content-disposition')).toContain('attachment')
  expect(await file.json()).toEqual({ ...example, ...failed, kind: 'failover' })
  expect((await someone.get('/drills/unknown')).status).toBe(404)
  const text = await someone.text('/system')
  expect(text).toMatch(
    /Drills the last failed .+Last report failover failed .+1 older report .+restore passed/,
  )
  expect(text).not.toContain('Restore practiced never')
  here.clock.nowMs += 100 * 86_400_000
  await someone.enter()
  expect(await someone.text('/system')).toContain('Due since')
})

it('says so if the bucket does not answer, and shows the other cards', async () => {
  const fails = () => Promise.reject(new Error('down'))
  const someone = visitor(
    newConsole({ BACKUPS: { ...env.BACKUPS, list: fails, head: fails } as unknown as R2Bucket }),
  )
  await someone.enter()
  const text = await someone.text('/system')
  expect(text).toMatch(
    /backups down.+Retention in time.+Backups does not answer.+The bucket of the backups did not/,
  )
})
