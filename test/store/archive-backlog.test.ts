import { env } from 'cloudflare:workers'
import { beforeEach, expect, it } from 'vitest'
import { archiveBacklog, isArchiveLate } from '../../src/store/archive-backlog.ts'
import { HOUR_MS, NOON_MS } from '../support/mail-events.ts'
import { storeSegments } from '../support/segments.ts'
import { emptyStore } from '../support/store.ts'

beforeEach(async () => {
  await emptyStore()
})

const run = (sql: string) => env.STORE.prepare(sql).run()

const claimed = (through: number) =>
  run(
    `INSERT INTO archive_progress (one, claimed_segment) VALUES (1, ${through}) ON CONFLICT DO UPDATE SET claimed_segment = ${through}`,
  )
const file = (first: number, last: number, state: string, merges = 0) =>
  run(`INSERT INTO archive_files (first_segment, last_segment, dt, state, claim_id, merges, events, contents_bytes, first_stored_at, last_stored_at, claimed_at)
    VALUES (${first}, ${last}, '2026-11-29', '${state}', 't', ${merges}, 10, 10, 0, 0, 0)`)

it.each<[string, () => Promise<unknown>, number, number | null]>([
  ['nothing was archived', async () => undefined, 40, 4],
  ['a file is written', async () => { await file(1, 2, 'written'); await claimed(2) }, 20, 2],
  ['all is written', async () => { await file(1, 4, 'written'); await claimed(4) }, 0, null],
  ['a claim is not finished', async () => { await file(1, 1, 'written'); await file(2, 4, 'claimed'); await claimed(4) }, 30, 3],
  ['files are merged', async () => { await file(1, 2, 'replaced'); await file(3, 4, 'replaced'); await file(1, 4, 'claimed', 2); await claimed(4) }, 0, null],
  ['what was archived is removed', async () => { await file(1, 2, 'written'); await claimed(2); await run('DELETE FROM segments WHERE segment < 3') }, 20, 2],
  ['the rows of files are removed', async () => { await claimed(3) }, 10, 1],
])('%s', async (_what, happens, events, hoursAgo) => {
  await storeSegments([4, 3, 2, 1].map((hours) => NOON_MS - hours * HOUR_MS))
  await happens()
  const backlog = await archiveBacklog(env.STORE)
  expect(backlog).toEqual({ events, oldestMs: hoursAgo === null ? null : NOON_MS - hoursAgo * HOUR_MS })
  expect(isArchiveLate(backlog, NOON_MS)).toBe((hoursAgo ?? 0) >= 3)
}) // prettier-ignore

it('waits for nothing in an empty store', async () => {
  expect(await archiveBacklog(env.STORE)).toEqual({ events: 0, oldestMs: null })
})
