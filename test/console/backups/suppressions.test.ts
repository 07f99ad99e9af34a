import { env } from 'cloudflare:workers'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { migrate, newConsole } from '../support.ts'

beforeAll(migrate)
beforeEach(() => clearList())

async function clearList(): Promise<void> {
  await env.STORE.batch(
    ['suppressions', 'recipients', 'evidence'].map((table) => env.STORE.prepare(`DELETE FROM ${table}`)),
  )
}

const ADA = 'ada@backup.example'
const EVE = 'eve@backup.example'
const at = (address: string) => `/api/suppressions/${encodeURIComponent(address)}`

type Api = ReturnType<typeof newConsole>['api']

async function backUpOf(api: Api): Promise<string> {
  const { json } = await api('GET', '/api/backups')
  return (json['backups'] as { id: string }[])[0]?.id ?? ''
}

const exported = async (api: Api) =>
  (await api('GET', '/api/suppressions/export?lifted=true&limit=500')).json['suppressions'] as unknown[]

describe('the backup of a night', () => {
  it('holds the suppressions, sealed, and restores them into an empty list', async () => {
    const { api, clock, scheduled } = newConsole()
    await api('POST', '/api/suppressions', { address: ADA, note: 'by phone' })
    await api('POST', '/api/suppressions', { address: ADA, scope: 'list:news' })
    await api('POST', '/api/suppressions', { address: EVE })
    clock.nowMs += 1_000
    await api('DELETE', at(EVE))
    clock.nowMs += 1_000
    await scheduled()
    const id = await backUpOf(api)
    const before = await exported(api)
    expect(before).toHaveLength(2 + 5)
    const { objects } = await env.BACKUPS.list({ prefix: `suppressions/${id}/` })
    expect(objects).toHaveLength(1)
    const kept = await (await env.BACKUPS.get(objects[0]?.key ?? ''))?.text()
    expect(kept).not.toMatch(/backup\.example|by phone/)

    await clearList()
    const restored = await api('POST', '/api/restore/suppressions', { id })
    expect(restored.json).toEqual({ count: 7, added: 2, lifted: 5, kept_lifted: 0, next: null })
    expect(await exported(api)).toEqual(before)
    const [line] = (await api('GET', '/api/audit?limit=1')).json['entries'] as unknown[]
    expect(line).toMatchObject({ action: 'suppressions.imported', after: { backup: id } })
    expect((await api('POST', '/api/restore/suppressions', { id })).json).toMatchObject({
      added: 0,
      lifted: 0,
    })
  })

  it('leaves lifted what was lifted since', async () => {
    const { api, clock, scheduled } = newConsole()
    await api('POST', '/api/suppressions', { address: ADA })
    clock.nowMs += 1_000
    await scheduled()
    clock.nowMs += 1_000
    await api('DELETE', at(ADA))
    const { json } = await api('POST', '/api/restore/suppressions', { id: await backUpOf(api) })
    expect(json).toMatchObject({ count: 1, added: 0, kept_lifted: 1 })
    expect((await api('GET', at(ADA))).json).toMatchObject({ suppressed: false })
  })

  it('is restored in parts', async () => {
    const { api, scheduled } = newConsole()
    for (const half of [0, 1])
      await api('POST', '/api/suppressions/import', {
        entries: Array.from({ length: 1_001 }, (_, i) => ({ address: `p${half}.${i}@parts.example` })),
      })
    await scheduled()
    const id = await backUpOf(api)
    await clearList()
    const first = await api('POST', '/api/restore/suppressions', { id })
    expect(first.json).toMatchObject({ count: 2_000, added: 2_000, next: 1 })
    const second = await api('POST', '/api/restore/suppressions', { id, part: 1 })
    expect(second.json).toMatchObject({ count: 2, added: 2, next: null })
  })

  it('is no other part and no changed one', async () => {
    const { api, scheduled } = newConsole()
    await scheduled()
    const id = await backUpOf(api)
    const codeOf = async (body: object) => (await api('POST', '/api/restore/suppressions', body)).json['code']
    expect(await codeOf({ id, part: 1 })).toBe('backup_unknown')
    expect(await codeOf({ id: '20260101T000000000Z' })).toBe('backup_unknown')
    expect(await codeOf({ id: '../x' })).toBe('body_invalid')
    const key = `suppressions/${id}/0000`
    const bytes = new Uint8Array((await (await env.BACKUPS.get(key))?.arrayBuffer()) ?? new ArrayBuffer(0))
    await env.BACKUPS.put(`suppressions/${id}/0001`, bytes)
    expect(await codeOf({ id, part: 1 })).toBe('backup_foreign')
    await env.BACKUPS.put(key, bytes.with(9, (bytes[9] ?? 0) ^ 1))
    expect(await codeOf({ id })).toBe('backup_foreign')
  })

  it('goes with its suppressions after a month', async () => {
    const { api, clock, scheduled } = newConsole()
    await scheduled()
    const id = await backUpOf(api)
    clock.nowMs += 31 * 86_400_000
    await scheduled()
    expect((await env.BACKUPS.list({ prefix: `suppressions/${id}/` })).objects).toEqual([])
  })
})
