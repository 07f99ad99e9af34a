import { env } from 'cloudflare:workers'
import { beforeAll, expect, it } from 'vitest'
import { JOBS, backUp, runJobs } from '../../../src/console/jobs.ts'
import type { RequestContext } from '../../../src/console/request-context.ts'
import { keepBackup, listBackups, readBackup, sealedOf } from '../../../src/console/backups/backups.ts'
import type { LogFields } from '../../../src/platform/log.ts'
import { WHO } from '../../support/who.ts'
import { destinationObjects } from '../../support/destinations.ts'
import { incidentObjects } from '../../support/incidents.ts'
import { sending } from '../credentials.ts'
import { migrate, newConsole, store } from '../support.ts'

beforeAll(migrate)

const registry = env.REGISTRY.getByName('backups')
const context = {
  registry,
  backups: env.BACKUPS,
  erasures: { ensure: async () => undefined, pass: async () => undefined },
  who: WHO,
  incidents: incidentObjects().getByName('incidents'),
  store,
  live: { nowMs: () => Date.now() },
} as unknown as RequestContext

it('is stored, listed newest first, and read back with a matching checksum', async () => {
  await registry.sources.put(
    'shop',
    { provider: 'generic', secrets: { hmac: 'a-secret-of-the-safe-test' } },
    WHO,
    null,
  )
  await registry.destinations.put('app', { url: 'https://app.example.com/' }, WHO, null)
  const first = await keepBackup(context)
  await scheduler.wait(2)
  const second = await keepBackup(context)
  expect((await listBackups(context)).slice(0, 2)).toEqual([second, first])
  const file = await readBackup(context, first.id)
  expect(file).toMatchObject({ ...first, format: 'postern-backup', version: 1, sources: 1, destinations: 1 })
  expect(JSON.stringify(file)).not.toContain('a-secret-of')
  if (file === null || file === 'damaged') throw new Error('is not there')
  expect(await sealedOf(file)).toBeInstanceOf(Uint8Array)
  expect(await sealedOf({ ...file, incidents_sealed: 'beside it' })).toBeInstanceOf(Uint8Array)
  for (const damage of [
    { sealed: file.sealed.replace(/^./, 'z') },
    { id: second.id },
    { made_at: second.made_at },
    { sources: 2 },
    { destinations: 0 },
    { channels: 1 },
    { incidents: 7 },
    { unreadable: 1 },
    { audit_lines: 0 },
  ])
    expect({ damage, sealed: await sealedOf({ ...file, ...damage }) }).toEqual({ damage, sealed: undefined })
  expect(await readBackup(context, 'nothing')).toBeNull()
})

it.each(['', '{"format": "postern-backup"', '{"format": "postern-backup"}'])(
  'damaged to %j is reported as damaged, and is not restored',
  async (rest) => {
    const { id } = await keepBackup(context)
    await env.BACKUPS.put(`backups/${id}.json`, rest)
    expect(await readBackup(context, id)).toBe('damaged')
    const { api } = newConsole()
    for (const answer of [await api('GET', `/api/backups/${id}`), await api('POST', '/api/restore', { id })])
      expect(answer.json).toMatchObject({ status: 422, code: 'backup_damaged' })
    await env.BACKUPS.delete(`backups/${id}.json`)
  },
)

it('is named in the audit log, with its reader, before it leaves', async () => {
  const { id } = await keepBackup(context)
  const { api } = newConsole()
  expect((await api('GET', `/api/backups/${id}`)).status).toBe(200)
  expect((await api('GET', '/api/audit?limit=1')).json['entries']).toMatchObject([
    { action: 'backup.read', target: `backup/${id}`, actor: 'admin' },
  ])
})

it('that is restored wakes the objects that deliver and the one that sends to channels', async () => {
  const [destinations, incidents] = [destinationObjects(), incidentObjects()]
  const send = sending(newConsole({ DESTINATIONS: destinations, INCIDENTS: incidents }), env.ADMIN_TOKEN)
  await send('PUT', '/api/destinations/woken', { url: 'https://app.example.com/' })
  const { id } = (await send('POST', '/api/backups', {})).json
  destinations.calls.length = 0
  incidents.calls.length = 0
  const { status } = await send('POST', '/api/restore', { id, replace: true }, { 'x-reason': 'a test' })
  expect(status).toBe(200)
  expect(destinations.calls).toContain('woken changed')
  expect(incidents.calls).toContain('channelsChanged')
})

it('that is old is deleted by no new one: retention knows whether a hold keeps it', async () => {
  for (let i = 0; i < 31; i++) {
    await scheduler.wait(2)
    await keepBackup(context)
  }
  const before = await listBackups(context)
  await backUp.run({ ...context, nowMs: Date.now() + 60 * 86_400_000 })
  expect((await listBackups(context)).slice(1)).toEqual(before)
})

it('is made at night, with the other scheduled jobs', async () => {
  const before = await listBackups(context)
  const { scheduled, logged } = newConsole()
  await scheduled()
  expect(logged.filter(({ event }) => event === 'job_done').map(({ handler }) => handler)).toEqual(
    JOBS.map(({ name }) => name),
  )
  expect((await listBackups(context))[0]).not.toEqual(before[0])
})

it('is made even if another job fails, and the run counts as failed', async () => {
  const logged: LogFields[] = []
  const done: string[] = []
  const jobs = [
    { name: 'breaks', run: () => Promise.reject(new RangeError('a secret')) },
    { name: 'works', run: async () => done.push('works') },
  ]
  const incidents = incidentObjects()
  const told = { ...context, incidents: incidents.getByName('incidents') }
  await expect(runJobs(jobs, told, (fields) => logged.push(fields))).rejects.toThrow('jobs failed: breaks')
  expect(done).toEqual(['works'])
  expect(incidents.calls).toEqual([
    'noteJob breaks NotFinished',
    'noteJob breaks RangeError',
    'noteJob works NotFinished',
    'noteJob works',
  ])
  expect(logged).toEqual([
    { event: 'job_failed', handler: 'breaks', fault: 'RangeError' },
    { event: 'job_done', handler: 'works', count: 1 },
  ])
})
