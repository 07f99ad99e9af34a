import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import type { BackupFile } from '../../../src/api/backups.ts'
import { checksumOf } from '../../../src/console/backups/backups.ts'
import type { ConsoleEnv } from '../../../src/console/env.ts'
import { fromBase64 } from '../../../src/platform/bytes.ts'
import { incidentObjects } from '../../support/incidents.ts'
import { migrate, newConsole } from '../support.ts'

beforeAll(migrate)

const DUMP = { json: '{"version":1,"incidents":["a wrong proof"]}', count: 3 }

/** Empty: what other files put elsewhere is not restored over. */
const REGISTRY: ConsoleEnv['REGISTRY'] = {
  getByName: () => env.REGISTRY.getByName('registry-of-kept-incidents'),
}

/** A console whose incidents are these, and what was restored. */
function consoleWith(dump = DUMP) {
  const restored: string[] = []
  const INCIDENTS = incidentObjects({
    dump: async () => dump,
    async restore(json) {
      restored.push(json)
      return json === DUMP.json ? 2 : null
    },
  })
  return { ...newConsole({ INCIDENTS, REGISTRY }), restored }
}

type Api = ReturnType<typeof newConsole>['api']

const newest = async (api: Api): Promise<{ id: string; incidents: number | null }> => {
  const { json } = await api('GET', '/api/backups')
  const [first] = json['backups'] as { id: string; incidents: number | null }[]
  if (first === undefined) throw new Error('there is no backup')
  return first
}

describe('the backup of a night', () => {
  it('holds the incidents, sealed, and restores them, with a line in the audit log', async () => {
    const { api, scheduled, restored } = consoleWith()
    await scheduled()
    const { id, incidents } = await newest(api)
    expect(incidents).toBe(3)
    const kept = await (await env.BACKUPS.get(`incidents/${id}`))?.text()
    expect(kept).toBeDefined()
    expect(kept).not.toContain('a wrong proof')

    expect((await api('POST', '/api/restore/incidents', { id })).json).toEqual({ restored: 2 })
    expect(restored).toEqual([DUMP.json])
    const [line] = (await api('GET', '/api/audit?limit=1')).json['entries'] as unknown[]
    expect(line).toMatchObject({ action: 'incidents.restored', target: 'incidents', after: { backup: id } })
  })

  it('has them in the file, which brings them to another deployment', async () => {
    const { api, restored } = consoleWith()
    const { id } = (await api('POST', '/api/backups')).json as { id: string }
    const file = (await api('GET', `/api/backups/${id}`)).json
    const sealed = file['incidents_sealed']
    expect(sealed).toEqual(expect.any(String))
    await env.BACKUPS.delete([`incidents/${id}`, `backups/${id}.json`])
    expect((await api('POST', '/api/restore', { file })).json).toMatchObject({ restored: 0, missing: [] })
    expect((await api('POST', '/api/restore/incidents', { id, sealed })).json).toEqual({ restored: 2 })
    expect(restored).toEqual([DUMP.json])
    const other = '20260101T000000000Z'
    expect((await api('POST', '/api/restore/incidents', { id: other, sealed })).json['code']).toBe(
      'backup_foreign',
    )
    expect((await api('POST', '/api/restore/incidents', { id, sealed: '?' })).json['code']).toBe(
      'backup_foreign',
    )
  })

  it('is made without them if their object does not answer, says so, and the run counts as failed', async () => {
    const gone = () => Promise.reject(new Error('the object is down'))
    const { api, scheduled, logged } = newConsole({
      INCIDENTS: incidentObjects({ dump: gone }),
      REGISTRY,
    })
    await api('POST', '/api/suppressions', { address: 'ada@incidents.example' })
    await expect(scheduled()).rejects.toThrow('jobs failed: back_up')
    const { id, incidents } = await newest(api)
    expect(incidents).toBeNull()
    expect((await env.BACKUPS.list({ prefix: `suppressions/${id}/` })).objects).toHaveLength(1)
    expect(logged).toContainEqual(
      expect.objectContaining({ event: 'dependency_unavailable', message: 'incidents' }),
    )
    expect(logged).toContainEqual({ event: 'job_failed', handler: 'back_up', fault: 'BackupIncomplete' })
    expect((await api('POST', '/api/restore', { id, replace: false })).status).not.toBe(500)
    expect((await api('POST', '/api/restore/incidents', { id })).json).toEqual({ restored: null })
  })

  it('older than incidents has none, and is listed and restored as before', async () => {
    const { api } = consoleWith()
    const { id } = (await api('POST', '/api/backups')).json as { id: string }
    const key = `backups/${id}.json`
    const text = (await (await env.BACKUPS.get(key))?.text()) ?? '{}'
    const { incidents: _none, beside: _counts, ...header } = JSON.parse(text) as BackupFile
    const file = {
      ...header,
      sha256: await checksumOf({ ...header, incidents: null }, fromBase64(header.sealed) ?? new Uint8Array()),
    }
    const { sealed: _sealed, format: _format, version: _version, ...outline } = file
    await env.BACKUPS.put(key, JSON.stringify(file), { customMetadata: { outline: JSON.stringify(outline) } })
    await env.BACKUPS.delete(`incidents/${id}`)
    expect(await newest(api)).toMatchObject({ id, incidents: null })
    expect((await api('POST', '/api/restore', { id })).json).toMatchObject({ restored: 0, checked: false })
    expect((await api('POST', '/api/restore', { file })).json).toMatchObject({ restored: 0, removed: 0 })
    expect((await api('POST', '/api/restore/incidents', { id })).json).toEqual({ restored: null })
  })

  it('goes with its incidents after a month', async () => {
    const { api, clock, scheduled } = consoleWith()
    await scheduled()
    const { id } = await newest(api)
    clock.nowMs += 31 * 86_400_000
    await scheduled()
    expect(await env.BACKUPS.head(`incidents/${id}`)).toBeNull()
    expect(await env.BACKUPS.head(`incidents/${(await newest(api)).id}`)).not.toBeNull()
  })
})

describe('incidents are not restored', () => {
  it.each<[string, object, number, string]>([
    ['from a backup that there is not', { id: '20260101T000000000Z' }, 404, 'backup_unknown'],
    ['by an id that is none', { id: '../x' }, 422, 'body_invalid'],
  ])('%s', async (_what, body, status, code) => {
    expect((await consoleWith().api('POST', '/api/restore/incidents', body)).json).toMatchObject({
      status,
      code,
    })
  })

  it('from bytes that were changed, of another backup, or of another version, and not without their object', async () => {
    const { api, restored } = consoleWith()
    const codeOf = async (id: string, by = api) =>
      (await by('POST', '/api/restore/incidents', { id })).json['code']
    const { id } = (await api('POST', '/api/backups')).json as { id: string }
    const key = `incidents/${id}`
    const bytes = new Uint8Array((await (await env.BACKUPS.get(key))?.arrayBuffer()) ?? new ArrayBuffer(0))
    const down = newConsole({
      REGISTRY,
      INCIDENTS: incidentObjects({ restore: () => Promise.reject(new Error('the object is down')) }),
    })
    expect(await codeOf(id, down.api)).toBe('not_set_up')
    await env.BACKUPS.put(key, bytes.with(9, (bytes[9] ?? 0) ^ 1))
    expect(await codeOf(id)).toBe('backup_foreign')
    await scheduler.wait(2)
    const other = (await api('POST', '/api/backups')).json as { id: string }
    await env.BACKUPS.put(`incidents/${other.id}`, bytes)
    expect(await codeOf(other.id)).toBe('backup_foreign')
    expect(restored).toEqual([])
    const later = consoleWith({ json: '{"version":2}', count: 1 })
    const made = (await later.api('POST', '/api/backups')).json as { id: string }
    expect(await codeOf(made.id, later.api)).toBe('backup_not_understood')
  })
})
