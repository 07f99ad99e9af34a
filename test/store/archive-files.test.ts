import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { type ArchiveFile, archiveSums, listArchiveFiles } from '../../src/store/archive-files.ts'
import type { Store } from '../../src/store/store.ts'
import { consumeEvents, consumerDeps } from '../support/consumer.ts'
import { mailEvent } from '../support/mail-events.ts'
import { emptyStore } from '../support/store.ts'

const STORED_MS = [Date.UTC(2026, 5, 1), Date.UTC(2026, 5, 2), Date.UTC(2026, 5, 3)] as const

let store: Store

/** Three segments, of three days. */
beforeEach(async () => {
  store = await emptyStore()
  for (const [nr, atMs] of STORED_MS.entries())
    await consumeEvents(consumerDeps(store, { nowMs: () => atMs }), [
      await mailEvent({ type: 'email.opened', nr }),
      await mailEvent({ type: 'email.clicked', nr }),
    ])
})

const fileOf = (segment: number, change: Partial<ArchiveFile> = {}): ArchiveFile => ({
  firstSegment: segment,
  lastSegment: segment,
  dt: `2026-06-0${segment}`,
  key: `events/v1/dt=2026-06-0${segment}/${segment}-${segment}.parquet`,
  events: 2,
  bytes: 1_000,
  sha256: 'ab'.repeat(32),
  firstStoredAtMs: STORED_MS[0],
  lastStoredAtMs: STORED_MS[0] + segment,
  writtenAtMs: STORED_MS[2],
  ...change,
})

async function put(file: ArchiveFile, state: string): Promise<void> {
  const { firstSegment, lastSegment, dt, key, events, bytes, sha256 } = file
  await env.STORE.batch([
    env.STORE.prepare(
      `INSERT INTO archive_files (first_segment, last_segment, dt, state, claim_id, events, contents_bytes, first_stored_at, last_stored_at,
         claimed_at, key, bytes, sha256, written_at) VALUES (?1, ?2, ?3, ?4, 'token', ?5, 0, ?6, ?7, 0, ?8, ?9, ?10, ?11)`,
    ).bind(
      firstSegment,
      lastSegment,
      dt,
      state,
      events,
      file.firstStoredAtMs,
      file.lastStoredAtMs,
      key,
      bytes,
      sha256,
      file.writtenAtMs,
    ),
    env.STORE.prepare(
      `INSERT INTO archive_progress (one, claimed_segment) VALUES (1, ?1)
       ON CONFLICT (one) DO UPDATE SET claimed_segment = max(claimed_segment, ?1)`,
    ).bind(lastSegment),
  ])
}

describe('the list of files', () => {
  beforeEach(async () => {
    for (const segment of [1, 2, 3]) await put(fileOf(segment), 'written')
    await put(fileOf(4), 'claimed')
    await put(fileOf(1, { lastSegment: 9 }), 'replaced')
  })

  it.each([
    ['all that are complete, in order', { limit: 10 }, [1, 2, 3]],
    ['a page', { limit: 2 }, [1, 2]],
    ['the page after it', { limit: 2, after: fileOf(2) }, [3]],
    ['those since a day', { limit: 10, since: '2026-06-02' }, [2, 3]],
    ['those before a day', { limit: 10, until: '2026-06-03' }, [1, 2]],
  ])('has %s', async (_, query, segments) => {
    expect(await listArchiveFiles(store, query)).toEqual(segments.map((segment) => fileOf(segment)))
  })
})

const NOTHING = { files: 0, bytes: 0, events: 0, firstDt: null, lastDt: null }

describe('the sums', () => {
  it('say that everything waits if nothing was archived', async () => {
    expect(await archiveSums(store)).toEqual({
      ...NOTHING,
      through: null,
      waiting: { events: 6, sinceMs: STORED_MS[0] },
    })
  })

  it('are of what is complete, and end before a claim', async () => {
    await put(fileOf(1), 'written')
    await put(fileOf(2), 'claimed')
    expect(await archiveSums(store)).toEqual({
      through: { segment: 1, storedAtMs: STORED_MS[0] },
      files: 1,
      bytes: 1_000,
      events: 2,
      firstDt: '2026-06-01',
      lastDt: '2026-06-01',
      waiting: { events: 4, sinceMs: STORED_MS[1] },
    })
  })

  it('have nothing that waits if all is archived, also if its segments are gone', async () => {
    await put(fileOf(1, { lastSegment: 3 }), 'written')
    await env.STORE.prepare('DELETE FROM segments WHERE segment < 3').run()
    expect(await archiveSums(store)).toMatchObject({
      through: { segment: 3, storedAtMs: STORED_MS[2] },
      waiting: { events: 0, sinceMs: null },
    })
  })

  it('are those of an empty store', async () => {
    expect(await archiveSums(await emptyStore())).toEqual({
      ...NOTHING,
      through: null,
      waiting: { events: 0, sinceMs: null },
    })
  })
})
