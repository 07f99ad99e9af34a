/** Stores events without people's keys and without effects, many consumer batches in one transaction. */
import { env } from 'cloudflare:workers'
import { storeEvents } from '../../src/consumer/store-events.ts'
import { insertEvents, insertedCount } from '../../src/store/segments.ts'
import type { EventToStore } from '../../src/store/stored-event.ts'
import { NOON_MS } from './mail-events.ts'

let writer = 0

/** @returns the number of new events of each batch */
export async function storeBatches(
  batches: readonly (readonly EventToStore[])[],
  nowMs = NOON_MS,
): Promise<number[]> {
  const counts: number[] = []
  for (let at = 0; at < batches.length; at += 100) {
    const written = batches.slice(at, at + 100).map((events) => {
      writer++
      const own = insertEvents(env.STORE, events, writer, nowMs).length
      return {
        own,
        statements: storeEvents({ db: env.STORE, events, writer, nowMs }),
      }
    })
    const results = await env.STORE.batch<Record<string, unknown>>(
      written.flatMap(({ statements }) => [...statements]),
    )
    let from = 0
    for (const { own, statements } of written) {
      counts.push(insertedCount(results.slice(from, from + own)))
      from += statements.length
    }
  }
  return counts
}

/** Segments of ten events that were stored at these times. Their numbers begin with `first`, as if others had been removed. */
export async function storeSegments(timesMs: readonly number[], first = 1, contents = '[]'): Promise<void> {
  const rows = timesMs.map((ms, i) => [first + i, ms])
  const insert = `
    INSERT INTO segments (segment, events_before, stored_at, digits, first_id, last_id, first_ms, last_ms, events, writer, ids, fingerprints, contents)
    SELECT j.value ->> 0, 10 * ((j.value ->> 0) - 1), j.value ->> 1, 6, j.value ->> 0, j.value ->> 0, 0, 0, 10, 0, '[]', '[]', ?2
    FROM json_each(?1) j`
  await env.STORE.prepare(insert).bind(JSON.stringify(rows), contents).run()
}
