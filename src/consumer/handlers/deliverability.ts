/**
 * Counts events by campaign, mailbox provider, type of bounce and cause, for each source and day. The day is that on which the events are
 * stored, so a batch has one day, and writes one row for each of its sources.
 */
import { isJudged } from '../../event/automated/signs.ts'
import { type EventType, FAILED_TYPES } from '../../event/mail-event.ts'
import { OTHER_PROVIDER } from '../../event/mailbox-providers.ts'
import { DAY_MS } from '../../platform/time.ts'
import {
  CAMPAIGN_MAX_CHARACTERS,
  DIMENSIONS,
  type Dimension,
  NAMES_MAX,
  NONE,
  REST,
  VALUE_MARK,
  isNamed,
  isWhole,
  judgedType,
  restOf,
} from '../../store/deliverability.ts'
import { OWN } from '../../store/segments.ts'
import { type EventToStore, textIn, valueIn } from '../../store/stored-event.ts'
import type { StoreHandler } from './handler.ts'

const BOUNDED = Object.entries(NAMES_MAX)

/** SQL: a dimension of `m.counts` as JSON. The largest names stay, and all others are counted together. */
const largest = (path: string, kept: number): string => `(
  SELECT json_group_object(key, json(counts)) FROM (
    SELECT key, json_group_object(type, n) AS counts FROM (
      SELECT iif(r.nr <= ${kept}, r.key, ${restOf('r.key')}) AS key, t.key AS type, sum(t.value) AS n
      FROM (
        SELECT v.key, v.value, row_number() OVER (
          PARTITION BY ${isNamed('v.key')}
          ORDER BY (SELECT sum(value) FROM json_each(v.value) WHERE ${isWhole('key')}) DESC, v.key) AS nr
        FROM json_each(m.counts, ${path}) v) r
      CROSS JOIN json_each(r.value) t
      GROUP BY 1, 2)
    GROUP BY 1))`

/** SQL: arguments of `json_set` that bound a dimension. */
const boundedBy = (dimension: string, { kept, stored }: { kept: number; stored: number }): string => `
    '$.${dimension}', json(iif(
      (SELECT count(*) FROM json_each(m.counts, '$.${dimension}')) <= ${stored},
      m.counts -> '$.${dimension}', ${largest(`'$.${dimension}'`, kept)}))`

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
  stored (source, day, counts) AS MATERIALIZED (
    SELECT s.source, t.day, d.counts FROM (SELECT DISTINCT source FROM added) s
    CROSS JOIN (SELECT stored_at / ${DAY_MS} AS day FROM segments ORDER BY segment DESC LIMIT 1) t
    LEFT JOIN deliverability d ON d.source = s.source AND d.day = t.day),
  sums (source, dimension, key, type, n) AS (
    SELECT source, dimension, key, type, sum(n) FROM (
      SELECT * FROM added
      UNION ALL
      SELECT s.source, d.key, v.key, t.key, t.value
      FROM stored s CROSS JOIN json_each(s.counts) d CROSS JOIN json_each(d.value) v
      CROSS JOIN (SELECT DISTINCT source, dimension, key FROM added) a
        ON a.source = s.source AND a.dimension = d.key AND a.key = v.key
      CROSS JOIN json_each(v.value) t)
    GROUP BY 1, 2, 3, 4),
  changes (source, counts) AS (
    SELECT source, json_group_object(dimension, json(counts)) FROM (
      SELECT source, dimension, json_group_object(key, json(counts)) AS counts FROM (
        SELECT source, dimension, key, json_group_object(type, n) AS counts FROM sums GROUP BY 1, 2, 3)
      GROUP BY 1, 2)
    GROUP BY 1),
  merged (source, day, counts) AS MATERIALIZED (
    SELECT s.source, s.day, json_patch(coalesce(s.counts, '{}'), c.counts) FROM stored s JOIN changes c ON c.source = s.source)
  INSERT INTO deliverability (source, day, counts)
  SELECT m.source, m.day, json_set(m.counts,${BOUNDED.map(([dimension, max]) => boundedBy(dimension, max)).join()})
  FROM merged m WHERE true
  ON CONFLICT (source, day) DO UPDATE SET counts = excluded.counts`

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

/** Only failures are crossed. */
const crossedKey = (event: EventToStore, key: string): string =>
  FAILED_TYPES.has(textIn(event, 'type') ?? '') ? (textIn(event, 'cause') ?? '') + key : NONE

const providerKey = ({ mailboxProvider: name }: EventToStore): string =>
  name === OTHER_PROVIDER ? REST : keyOf(name ?? null)

const KEYS: Readonly<Record<Dimension, (event: EventToStore) => string>> = {
  campaign: campaignKey,
  mailbox_provider: providerKey,
  bounce_type: (event) => keyOf(textIn(event, 'bounce_type')),
  cause: (event) => keyOf(textIn(event, 'cause')),
  cause_campaign: (event) => crossedKey(event, campaignKey(event)),
  cause_mailbox_provider: (event) => crossedKey(event, providerKey(event)),
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

const keyOf = (value: string | null): string => (value === null ? NONE : VALUE_MARK + value)

/** SQLite's JSON finds no key with a NUL in it again, so that one becomes U+FFFD, as half a character does. */
function campaignKey(event: EventToStore): string {
  const name = textIn(event, 'campaign_id')?.slice(0, CAMPAIGN_MAX_CHARACTERS)
  return keyOf(name?.toWellFormed().replaceAll('\0', '\uFFFD') ?? null)
}

export const deliverability: StoreHandler = {
  name: 'deliverability',
  types: 'all',
  statements: ({ db, events, writer }) => [db.prepare(COUNT).bind(writer, groupsOf(events))],
}
