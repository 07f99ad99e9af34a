/** How counts are added to the figures of deliverability: keys of an event, and the end of a statement that adds. */
import { FAILED_TYPES } from '../event/mail-event.ts'
import { OTHER_PROVIDER } from '../event/mailbox-providers.ts'
import {
  CAMPAIGN_MAX_CHARACTERS,
  type Dimension,
  NAMES_MAX,
  NONE,
  REST,
  VALUE_MARK,
  isNamed,
  isWhole,
  restOf,
} from './deliverability.ts'
import { type EventToStore, textIn } from './stored-event.ts'

export const BOUNDED = Object.entries(NAMES_MAX)

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
 * SQL: adds `added (source, dimension, key, type, n)`, a common table expression before it, to one day. Of the stored rows it reads only
 * the values that are added to.
 *
 * @param day SQL for the day, in days since the epoch
 */
export const addCounts = (day: string): string => `
  stored (source, day, counts) AS MATERIALIZED (
    SELECT s.source, t.day, d.counts FROM (SELECT DISTINCT source FROM added) s
    CROSS JOIN (SELECT ${day} AS day) t
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

type Counted = Pick<EventToStore, 'values' | 'mailboxProvider'>

/** Only failures are crossed, and other events with a cause, as complaints have it. */
function crossedKey(event: Counted, key: string): string {
  const cause = textIn(event, 'cause')
  return cause !== null || FAILED_TYPES.has(textIn(event, 'type') ?? '') ? (cause ?? '') + key : NONE
}

const providerKey = ({ mailboxProvider: name }: Counted): string =>
  name === OTHER_PROVIDER ? REST : keyOf(name ?? null)

/** Keys under which an event counts. */
export const KEYS: Readonly<Record<Dimension, (event: Counted) => string>> = {
  campaign: campaignKey,
  mailbox_provider: providerKey,
  bounce_type: (event) => keyOf(textIn(event, 'bounce_type')),
  cause: (event) => keyOf(textIn(event, 'cause')),
  cause_campaign: (event) => crossedKey(event, campaignKey(event)),
  cause_mailbox_provider: (event) => crossedKey(event, providerKey(event)),
}

const keyOf = (value: string | null): string => (value === null ? NONE : VALUE_MARK + value)

/** SQLite's JSON finds no key with a NUL in it again, so that one becomes U+FFFD, as half a character does. */
function campaignKey(event: Counted): string {
  const name = textIn(event, 'campaign_id')?.slice(0, CAMPAIGN_MAX_CHARACTERS)
  return keyOf(name?.toWellFormed().replaceAll('\0', '\uFFFD') ?? null)
}
