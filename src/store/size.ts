/** How large the database is, how fast it grows, and when it will be full. */
import { DAY_MS, MAX_INSTANT_MS, dayOf } from '../platform/time.ts'
import { lastSegmentBefore } from './arrival.ts'

/** D1's largest database, on the Paid plan. */
export const DATABASE_MAX_BYTES = 10_000_000_000

const GIGABYTE = 1_000_000_000

/** Above this share of the largest size, somebody has to do something. */
const FILLING_SHARE = 0.7

/** Above this share, what is old does not go as fast as new events come. The archive removes it from 0.8 on. */
const NEARLY_FULL_SHARE = 0.9

/** Less time is left than a weekend with a holiday. */
const NEARLY_FULL_MS = 3 * DAY_MS

/** A weekend and a working week are both in it. */
const LATELY_MS = 7 * DAY_MS

export interface StoreSize {
  readonly bytes: number
  /** Events between the oldest and the newest one. It is too many if some between them were removed. */
  readonly events: number
  /** Events that were ever stored. */
  readonly eventsEver: number
  /** Mean of the last seven days. A younger store counts as one that is at least a day old. */
  readonly eventsADay: number
}

export interface Growth extends StoreSize {
  /** Of {@link DATABASE_MAX_BYTES}. */
  readonly share: number
  /** Null if the database does not grow, or if what is old is removed in time. */
  readonly fullAtMs: number | null
  readonly level: 'fits' | 'filling' | 'nearly full'
}

/** Bound to the beginning of the last days, and to the last segment that was stored before it. */
const READ_SIZE = `
  WITH
    oldest AS (SELECT events_before FROM segments ORDER BY segment LIMIT 1),
    newest AS (SELECT events_before + events AS number FROM segments ORDER BY segment DESC LIMIT 1)
  SELECT newest.number AS stored, newest.number - oldest.events_before AS held,
    newest.number - since.number AS lately, since.at AS since
  FROM oldest, newest, (SELECT events_before + iif(stored_at < ?1, events, 0) AS number, max(stored_at, ?1) AS at FROM segments
    WHERE segment >= ?2 ORDER BY segment LIMIT 1) since`

interface SizeRow {
  readonly stored: number
  readonly held: number
  readonly lately: number
  readonly since: number
}

/** @throws when the database does not answer */
export async function storeSize(db: D1Database, nowMs: number): Promise<StoreSize> {
  const latelyMs = nowMs - LATELY_MS
  const before = await lastSegmentBefore({ db }, latelyMs)
  const { results, meta } = await db.prepare(READ_SIZE).bind(latelyMs, before).all<SizeRow>()
  const [row] = results
  const size = {
    bytes: meta.size_after,
    events: row?.held ?? 0,
    eventsEver: row?.stored ?? 0,
  }
  if (row === undefined) return { ...size, eventsADay: 0 }
  const days = Math.max(1, (nowMs - row.since) / DAY_MS)
  return { ...size, eventsADay: row.lately / days }
}

/** How old events leave the store. */
export interface RemovalOfOld {
  /** Whether the archive has them, keeps up, and removes them before the database is full. */
  readonly byArchive: boolean
  /** Days after which retention removes them; null if it does not, or waits for the archive. */
  readonly afterDays: number | null
}

export function growthOf(size: StoreSize, { byArchive, afterDays }: RemovalOfOld, nowMs: number): Growth {
  const { bytes, events, eventsADay } = size
  const share = bytes / DATABASE_MAX_BYTES
  const bytesADay = events === 0 ? 0 : (bytes / events) * eventsADay
  const endBytes = afterDays === null ? Infinity : afterDays * bytesADay
  const stands = share < NEARLY_FULL_SHARE && (byArchive || endBytes < NEARLY_FULL_SHARE * DATABASE_MAX_BYTES)
  const leftMs = (Math.max(0, DATABASE_MAX_BYTES - bytes) / bytesADay) * DAY_MS
  return {
    ...size,
    share,
    // Without growth the time is no number, and with next to none no date.
    fullAtMs: !stands && nowMs + leftMs <= MAX_INSTANT_MS ? Math.round(nowMs + leftMs) : null,
    level:
      stands || share < FILLING_SHARE
        ? 'fits'
        : share >= NEARLY_FULL_SHARE || leftMs <= NEARLY_FULL_MS
          ? 'nearly full'
          : 'filling',
  }
}

/** `72 % full (7.2 of 10 GB), and will be full on 2026-12-14`. */
export function growthWords({ share, bytes, fullAtMs }: Growth): string {
  const gigabytes = `${(bytes / GIGABYTE).toFixed(1)} of ${DATABASE_MAX_BYTES / GIGABYTE} GB`
  const date = fullAtMs === null ? '' : `, and will be full on ${dayOf(fullAtMs)}`
  return `${Math.floor(share * 100)} % full (${gigabytes})${date}`
}
