/** Backups that lack a part: made while something is down, or with a part that is lost. None is restored by default. */
import { env } from 'cloudflare:workers'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { ConsoleEnv } from '../../../src/console/env.ts'
import { missingSuppressions } from '../../../src/console/backups/suppressions.ts'
import { sending } from '../credentials.ts'
import { type TestConsole, migrate, newConsole } from '../support.ts'

const REGISTRY: ConsoleEnv['REGISTRY'] = {
  getByName: () => env.REGISTRY.getByName('registry-of-incomplete-backups'),
}
const DOWN = () => {
  throw new Error('D1_ERROR: Network connection lost.')
}

let here: TestConsole

beforeAll(migrate)
beforeEach(() => {
  here = newConsole({ REGISTRY })
})

const backUp = async (): Promise<string> => {
  const { status, json } = await here.api('POST', '/api/backups')
  expect(status).toBe(201)
  return String(json['id'])
}
const restore = (body: object) =>
  sending(here, env.ADMIN_TOKEN)('POST', '/api/restore', body, { 'x-reason': 'a test' })
const sources = async () => JSON.stringify((await here.api('GET', '/api/sources')).json)
const lines = async () => JSON.stringify((await here.api('GET', '/api/audit?limit=1')).json['entries'])

it('that is made at night while the store is down is marked, and is no restore point', async () => {
  const STORE = { prepare: DOWN, batch: DOWN, withSession: DOWN } as unknown as D1Database
  const { scheduled, logged } = newConsole({ REGISTRY, STORE })
  await expect(scheduled()).rejects.toThrow('back_up')
  expect(logged).toContainEqual({ event: 'job_failed', handler: 'back_up', fault: 'BackupIncomplete' })
  const [made] = (await here.api('GET', '/api/backups')).json['backups'] as { id: string }[]
  expect(made).toMatchObject({ beside: { incidents: { parts: 1 }, suppressions: null } })
  const { json } = await here.api('POST', '/api/restore', { id: made?.id })
  expect(json).toMatchObject({ status: 409, code: 'backup_incomplete' })
  expect(json['detail']).toContain('lacks suppressions.')
  const file = (await here.api('GET', `/api/backups/${made?.id}`)).json
  expect((await here.api('POST', '/api/restore', { file })).json).toMatchObject({ code: 'backup_incomplete' })
})

describe('a backup whose part is lost', () => {
  it.each<[string, (id: string) => Promise<unknown>, string]>([
    [
      'a part of the suppressions',
      (id) => env.BACKUPS.delete(`suppressions/${id}/0000`),
      'lacks suppressions/0000.',
    ],
    ['the incidents', (id) => env.BACKUPS.delete(`incidents/${id}`), 'lacks incidents.'],
    ['an end', (id) => env.BACKUPS.put(`suppressions/${id}/0000`, 'cut off'), 'lacks suppressions.'],
    ['incidents of another size', (id) => env.BACKUPS.put(`incidents/${id}`, 'cut off'), 'lacks incidents.'],
  ])(
    '%s: is refused before anything is changed, but for who asks for what is there',
    async (_, lose, says) => {
      const id = await backUp()
      await lose(id)
      await here.api('PUT', '/api/sources/later', { provider: 'generic' })
      const before = [await sources(), await lines()]
      const body = { id, replace: true }
      const { json } = await restore(body)
      expect(json).toMatchObject({ status: 409, code: 'backup_incomplete' })
      expect(json['detail']).toContain(says)
      expect([await sources(), await lines()]).toEqual(before)
      const restored = await restore({ ...body, incomplete: true })
      expect(restored.json).toMatchObject({ checked: true, missing: [expect.any(String)] })
    },
  )

  it('is restored at once if nothing is lost', async () => {
    const id = await backUp()
    expect((await restore({ id, replace: true })).json).toMatchObject({ checked: true, missing: [] })
  })
})

it.each([
  ['none', [0, 1, 2], 18, []],
  ['one between others', [0, 2], 18, ['suppressions/0001']],
  ['the last', [0, 1], 18, ['suppressions/0002']],
  ['no name, but bytes', [0, 1, 2], 19, ['suppressions']],
  ['no name, though there is another', [0, 1, 2, 3], 18, ['suppressions']],
])('a missing part is found: %s', async (_, kept, bytes, missing) => {
  const id = crypto.randomUUID()
  for (const part of kept) await env.BACKUPS.put(`suppressions/${id}/000${part}`, 'sealed')
  expect(await missingSuppressions(env.BACKUPS, id, { parts: 3, rows: 9, bytes })).toEqual(missing)
})

it('that cannot be made since R2 is down is refused with words', async () => {
  const BACKUPS = {
    put: () => Promise.reject(new Error('put: Unspecified error (0)')),
  } as unknown as R2Bucket
  const down = newConsole({ REGISTRY, BACKUPS })
  const { status, headers, json } = await down.api('POST', '/api/backups')
  expect({ status, code: json['code'], retryAfter: headers.get('retry-after') }).toEqual({
    status: 503,
    code: 'bucket_unavailable',
    retryAfter: '10',
  })
  expect(down.logged).toContainEqual(
    expect.objectContaining({ code: 'bucket_unavailable', fault: 'BucketUnavailable' }),
  )
})
