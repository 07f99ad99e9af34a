/** The list of an ESP and the own one, through the real Workers: compared, made the same after a yes, and each night within its bound. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Request, Response as LocalResponse } from 'miniflare'
import { expect, it } from 'vitest'
import { MovedClock } from '../../scripts/local/moved-clock.ts'
import type { ApiRequest, Suppressed } from '../../src/drivers/driver.ts'
import { jsonOf } from '../../src/simulator/http.ts'
import { run } from '../cli/run.ts'
import { sparkpost } from '../drivers/fakes/sparkpost.ts'
import { until, withInstallation } from './postern.ts'

const DAY_MS = 86_400_000
const esp = sparkpost.open()

async function internet(request: Request): Promise<LocalResponse> {
  if (new URL(request.url).host !== 'api.sparkpost.com') return new LocalResponse(null, { status: 404 })
  const { method, url } = request
  const asked = { method, url, headers: Object.fromEntries(request.headers), body: await request.text() }
  const answer = esp.answer(asked as ApiRequest)
  return new LocalResponse(answer.status === 204 ? null : await answer.text(), { status: answer.status })
}

const clock = new MovedClock()
const postern = withInstallation({ outbound: internet, clock })

const theirs = (address: string, reason: Suppressed['reason'] = 'hard_bounce'): Suppressed => ({
  address,
  reason,
  scope: null,
  atMs: clock.nowMs() - DAY_MS,
})

const save = async (suppressionSync: object) => {
  const put = await postern.console.put('/api/sources/shop', {
    provider: 'sparkpost',
    secrets: {
      basic_auth: { username: 'hooks', password: 'a-password-of-the-sync-test' },
      esp_api_token: sparkpost.key,
    },
    suppressionSync,
  })
  expect(put.status, put.body.toString()).toBeLessThan(300)
}
const got = async <Found>(path: string) => jsonOf(await postern.console.get(path)) as Found
const state = () =>
  got<{ state: string; by: string; started_at: string }>('/api/sources/shop/suppression-sync')
const reasonsOf = async (address: string) =>
  (
    await got<{ reasons?: { reason: string; source: string }[] }>(
      `/api/suppressions/${encodeURIComponent(address)}`,
    )
  ).reasons?.map(({ reason, source }) => `${reason} ${source}`) ?? []
const findings = async () =>
  (await got<{ findings: { kind: string; source: string; says: string }[] }>('/api/health')).findings
    .filter(({ kind }) => kind === 'sync_stopped')
    .map(({ source, says }) => [source, says])
const cli = (...options: string[]) =>
  run(['suppressions', 'sync', 'shop', ...options], '', postern.reach, { sleep: () => sleep(100) })

async function page(): Promise<string> {
  const url = postern.runtime.url('console')
  const entered = await fetch(new URL('/login', url), {
    method: 'POST',
    headers: { origin: url.origin },
    body: new URLSearchParams({ token: postern.secrets.ADMIN_TOKEN }),
    redirect: 'manual',
  })
  const cookie = entered.headers.getSetCookie().map((one) => one.split(';')[0])
  const headers = { cookie: cookie.join('; ') }
  const html = await (await fetch(new URL('/sources/shop/suppression-sync', url), { headers })).text()
  return html.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ')
}

it('compares both lists, and makes them the same after a yes', async () => {
  await save({})
  for (const address of ['both@example.com', 'mine@example.com', 'lifted@example.com'])
    await postern.console.post('/api/suppressions', { address })
  esp.suppressed.push(
    theirs('Both@Example.com'),
    theirs('New+News@Example.com', 'spam_report'),
    theirs('Lifted@example.com'),
  )
  expect((await postern.console.remove('/api/suppressions/lifted%40example.com')).status).toBe(200)

  const plan = await cli('--plan')
  expect([plan.code, plan.complaints]).toEqual([0, ''])
  for (const line of [
    /1 +only at the ESP +spam_report/,
    /1 +only here +manual/,
    /1 +lifted or over here/,
    /1 +for another reason at the ESP +hard_bounce/,
    'N…@Example.com',
  ])
    expect(plan.out).toMatch(line)
  expect(plan.out).not.toContain('New+News')
  expect([await reasonsOf('new+news@example.com'), esp.suppressed.length]).toEqual([[], 3])

  const ran = await cli('--send', '--yes')
  expect([ran.code, ran.complaints]).toEqual([0, ''])
  expect(await reasonsOf('new+news@example.com')).toEqual(['spam_report shop'])
  expect(esp.suppressed.map(({ address }) => address).toSorted()).toEqual([
    'Both@Example.com',
    'Lifted@example.com',
    'New+News@Example.com',
    'mine@example.com',
  ])
  expect(await page()).toMatch(/Done\..*1 only at the ESP spam report 1/)

  const { entries } = await got<{ entries: { action: string; target: string; after: object }[] }>(
    '/api/audit?limit=20',
  )
  expect(entries.filter(({ action }) => action === 'suppressions.synced')).toMatchObject([
    { target: 'source/shop', after: { take: null, send: true } },
  ])

  const again = await cli('--plan')
  expect(again.out.match(/1 +the same/g)).toHaveLength(3)
  expect(again.out).not.toMatch(/only/)
}, 120_000)

it('runs each night, and asks a person before more changes than it may make', async () => {
  await save({ nightly: true, atMost: 2 })
  const tonight = async (settings: object) => {
    const before = await state()
    await clock.forward(DAY_MS)
    await save(settings)
    await until(async () => {
      const { by, started_at: at, state: now } = await state()
      return by === 'schedule' && at !== before.started_at && now !== 'running'
    })
  }
  esp.suppressed.push(theirs('night1@example.com'))
  await tonight({ nightly: true, atMost: 1 })
  expect(await state()).toMatchObject({ state: 'done' })
  expect(await reasonsOf('night1@example.com')).toEqual(['hard_bounce shop'])
  expect(await findings()).toEqual([])

  for (const n of [2, 3, 4]) esp.suppressed.push(theirs(`night${n}@example.com`))
  await tonight({ nightly: true, atMost: 2 })
  const says = '3 would change, more than the 2 that a night may; nothing was changed'
  expect(await state()).toMatchObject({
    state: 'planned',
    stopped: { code: 'over_bound', says: `${says}.` },
  })
  await until(async () => (await findings()).length > 0)
  expect(await findings()).toEqual([
    ['shop', `the nightly sync of suppressions of shop has stopped: ${says}`],
  ])
  expect(await reasonsOf('night4@example.com')).toEqual([])
  expect(await page()).toContain('3 would change')

  const yes = await cli('--yes')
  expect([yes.code, yes.complaints]).toEqual([0, ''])
  expect(await reasonsOf('night4@example.com')).toEqual(['hard_bounce shop'])
  await until(async () => (await findings()).length === 0)
  expect(await findings()).toEqual([])
  expect(postern.logs.join('\n')).not.toContain(sparkpost.key)
}, 120_000)
