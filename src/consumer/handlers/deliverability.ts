/**
 * Counts events by campaign, mailbox provider and type of bounce, for each source and day. The day is that on which the events are
 * stored, so a batch has one day, and writes one row for each of its sources.
 */
import { OTHER_PROVIDER } from '../../event/mailbox-providers.ts'
import { DAY_MS } from '../../platform/time.ts'
import {
  CAMPAIGNS_MAX,
  CAMPAIGNS_STORED_MAX,
  CAMPAIGN_MAX_CHARACTERS,
  type Dimension,
  NONE,
  REST,
  VALUE_MARK,
} from '../../store/deliverability.ts'
import { OWN } from '../../store/segments.ts'
import { type EventToStore, textIn } from '../../store/stored-event.ts'
import type { StoreHandler } from './handler.ts'

/** SQL: the campaigns of `m.counts` as JSON. The largest keep their names, and all others are counted together. */
const LARGEST_CAMPAIGNS = `(
  SELECT json_group_object(key, json(counts)) FROM (
    SELECT key, json_group_object(type, n) AS counts FROM (
      SELECT iif(r.nr <= ${CAMPAIGNS_MAX}, r.key, '${REST}') AS key, t.key AS type, sum(t.value) AS n
      FROM (
        SELECT v.key, v.value, row_number() OVER (
          PARTITION BY v.key IN ('${NONE}', '${REST}')
          ORDER BY (SELECT sum(value) FROM json_each(v.value)) DESC, v.key) AS nr
        FROM json_each(m.counts, '$.campaign') v) r
      CROSS JOIN json_each(r.value) t
      GROUP BY 1, 2)
    GROUP BY 1))`

/**
 * Bound to the writer, to the group of each event by id, and to the keys of each group. It reads the ids of what was inserted, not the
 * contents, and of the stored rows only the values that the batch has.
 */
const COUNT = `
  WITH RECURSIVE ${OWN},
  given (id, nr) AS MATERIALIZED (SELECT key, value FROM json_each(?2)),
  groups (nr, source, type, keys) AS MATERIALIZED (SELECT key, value ->> 0, value ->> 1, value -> 2 FROM json_each(?3)),
  counted (nr, n) AS MATERIALIZED (
    SELECT g.nr, count(*)
    FROM own o CROSS JOIN segments b ON b.segment = o.segment CROSS JOIN json_each(b.ids) i CROSS JOIN given g ON g.id = i.value
    GROUP BY 1),
  added (source, dimension, key, type, n) AS MATERIALIZED (
    SELECT g.source, d.key, d.value, g.type, sum(c.n)
    FROM counted c CROSS JOIN groups g ON g.nr = c.nr CROSS JOIN json_each(g.keys) d
    GROUP BY 1, 2, 3, 4),
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
  SELECT m.source, m.day, iif(
    (SELECT count(*) FROM json_each(m.counts, '$.campaign')) <= ${CAMPAIGNS_STORED_MAX},
    m.counts, json_set(m.counts, '$.campaign', json(${LARGEST_CAMPAIGNS})))
  FROM merged m WHERE true
  ON CONFLICT (source, day) DO UPDATE SET counts = excluded.counts`

/** Two JSON texts: the number of each event's group by id, and the source, the type and the keys of each group. */
function groupsOf(events: readonly EventToStore[]): readonly [string, string] {
  const sources = Map.groupBy(events, (event) => textIn(event, 'source'))
  const numbers = new Map<string, number>()
  const groupOf: Record<string, number> = {}
  for (const [source, ones] of sources) {
    const largest = largestCampaigns(ones)
    for (const event of ones) {
      const campaign = campaignKey(event)
      const keys: Readonly<Record<Dimension, string>> = {
        campaign: campaign === NONE || largest.has(campaign) ? campaign : REST,
        mailbox_provider:
          event.mailboxProvider === OTHER_PROVIDER ? REST : keyOf(event.mailboxProvider ?? null),
        bounce_type: keyOf(textIn(event, 'bounce_type')),
      }
      const group = JSON.stringify([source, textIn(event, 'type'), keys])
      const number = numbers.get(group) ?? numbers.size
      numbers.set(group, number)
      groupOf[event.id] = number
    }
  }
  return [JSON.stringify(groupOf), `[${[...numbers.keys()].join(',')}]`]
}

/** Campaigns that keep their names in a batch. A batch of thousands would take seconds to merge. */
function largestCampaigns(ones: readonly EventToStore[]): ReadonlySet<string> {
  const counts = [...Map.groupBy(ones, campaignKey)].map(([key, { length }]) => ({ key, length }))
  const largest = counts.toSorted((a, b) => b.length - a.length).slice(0, CAMPAIGNS_MAX)
  return new Set(largest.map(({ key }) => key))
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
  statements: ({ db, events, writer }) => [db.prepare(COUNT).bind(writer, ...groupsOf(events))],
}
