/**
 * Counts events by campaign, mailbox provider, type of bounce and cause, for each source and day. The day is that on which the events are
 * stored, so a batch has one day, and writes one row for each of its sources.
 */
import { isJudged } from '../../event/automated/signs.ts'
import type { EventType } from '../../event/mail-event.ts'
import { DAY_MS } from '../../platform/time.ts'
import { BOUNDED, KEYS, addCounts } from '../../store/deliverability-counts.ts'
import { DIMENSIONS, type Dimension, REST, VALUE_MARK, judgedType } from '../../store/deliverability.ts'
import { OWN } from '../../store/segments.ts'
import { type EventToStore, textIn, valueIn } from '../../store/stored-event.ts'
import type { StoreHandler } from './handler.ts'

/**
 * Bound to the writer and the groups of the batch. It reads the ids of what was inserted, not the contents, and of the stored rows only
 * the values that the batch has.
 */
const COUNT = `
  WITH RECURSIVE ${OWN},
  inserted (id) AS MATERIALIZED (
    SELECT i.value FROM own o CROSS JOIN segments b ON b.segment = o.segment CROSS JOIN json_each(b.ids) i),
  counted (source, type, keys, n) AS MATERIALIZED (
    SELECT g.value ->> 0, g.value ->> 1, g.value -> 2,
      (SELECT count(*) FROM json_each(g.value, '$[3]') i WHERE i.value IN (SELECT id FROM inserted))
    FROM json_each(?2) g),
  added (source, dimension, key, type, n) AS MATERIALIZED (
    SELECT c.source, d.key, d.value, c.type, sum(c.n) FROM counted c CROSS JOIN json_each(c.keys) d
    WHERE c.n > 0 GROUP BY 1, 2, 3, 4),
  ${addCounts(`(SELECT stored_at / ${DAY_MS} FROM segments ORDER BY segment DESC LIMIT 1)`)}`

/** JSON array of groups of events that count alike: their source, type and keys, and their ids. */
function groupsOf(events: readonly EventToStore[]): string {
  const idsOf = new Map<string, string[]>()
  for (const [source, ones] of Map.groupBy(events, (event) => textIn(event, 'source'))) {
    const keysOf = DIMENSIONS.map((dimension) => [dimension, boundedKeys(ones, dimension)] as const)
    for (const [i, event] of ones.entries()) {
      const keys = Object.fromEntries(keysOf.map(([dimension, all]) => [dimension, all[i]]))
      for (const type of typesOf(event)) {
        const group = JSON.stringify([source, type, keys]).slice(0, -1)
        const ids = idsOf.get(group)
        if (ids === undefined) idsOf.set(group, [event.id])
        else ids.push(event.id)
      }
    }
  }
  return `[${[...idsOf].map(([group, ids]) => `${group},${JSON.stringify(ids)}]`).join(',')}]`
}

/** Types as which an event counts. */
function typesOf(event: EventToStore): readonly (string | null)[] {
  const type = textIn(event, 'type') as EventType
  const automated = valueIn(event, 'automated')
  return isJudged(type) && automated !== null ? [type, judgedType(type, automated === 1)] : [type]
}

/** The key of each event. Only the largest names of a batch stay: one of thousands would take seconds to merge. */
function boundedKeys(ones: readonly EventToStore[], dimension: Dimension): readonly string[] {
  const keys = ones.map(KEYS[dimension])
  const max = new Map<string, { kept: number }>(BOUNDED).get(dimension)?.kept
  const named = Map.groupBy(keys, (key) => key)
  if (max === undefined || named.size <= max) return keys
  const largestFirst = [...named]
    .filter(([key]) => key.includes(VALUE_MARK))
    .toSorted(([, a], [, b]) => b.length - a.length)
  const kept = new Set(largestFirst.slice(0, max).map(([key]) => key))
  return keys.map((key) =>
    kept.has(key) || !key.includes(VALUE_MARK) ? key : key.slice(0, key.indexOf(VALUE_MARK)) + REST,
  )
}

export const deliverability: StoreHandler = {
  name: 'deliverability',
  types: 'all',
  statements: ({ db, events, writer }) => [db.prepare(COUNT).bind(writer, groupsOf(events))],
}
