/**
 * Figures of deliverability: events by day of storing and by one of their properties. A row is a source and a day, and its `counts`
 * are a JSON object: number of events by dimension, key of the value, and type.
 */
import type { JudgedType } from '../event/automated/signs.ts'
import type { EventType } from '../event/mail-event.ts'
import { sourcesIn } from './source-names.ts'
import { type Store, scopeFilter, scopedSources } from './store.ts'

/** Properties of an event by which the rows count. Each of them counts every event once. */
export const DIMENSIONS = [
  'campaign',
  'mailbox_provider',
  'bounce_type',
  'cause',
  'cause_campaign',
  'cause_mailbox_provider',
] as const
export type Dimension = (typeof DIMENSIONS)[number]

export const GROUPINGS = [...DIMENSIONS, 'source', 'day'] as const
export type Grouping = (typeof GROUPINGS)[number]

/** Causes crossed with another property. */
export const CROSSED = ['cause_campaign', 'cause_mailbox_provider'] as const satisfies Dimension[]
export const isCrossed = (by: Grouping): boolean => (CROSSED as readonly Grouping[]).includes(by)

/**
 * Before a value in its key. Keys without it are {@link NONE} and {@link REST}, so that a campaign may have any name. Where causes are
 * crossed, the cause comes before that: `reputation=gmail`, `reputation*`, `reputation`.
 */
export const VALUE_MARK = '='
/** Key of events that have no value. */
export const NONE = ''
/** Key of all values that are not counted by themselves. */
export const REST = '*'

/**
 * Names of a dimension in a row. If it has more than `stored`, only the `kept` largest keep their names. There are fewer of these, so
 * that a new name has time to grow before the next cut.
 */
export const NAMES_MAX = {
  campaign: { kept: 200, stored: 256 },
  cause_campaign: { kept: 100, stored: 128 },
  cause_mailbox_provider: { kept: 100, stored: 128 },
} as const satisfies Partial<Record<Dimension, { kept: number; stored: number }>>

/** SQL: whether a key has a name. */
export const isNamed = (key: string): string => `instr(${key}, '${VALUE_MARK}') > 0`
/** SQL: the key under which a key counts that loses its name. */
export const restOf = (key: string): string =>
  `iif(${isNamed(key)}, substr(${key}, 1, instr(${key}, '${VALUE_MARK}') - 1) || '${REST}', ${key})`

/** A longer name is cut, so that a row stays small. */
export const CAMPAIGN_MAX_CHARACTERS = 100

/**
 * Counts of opens, clicks and unsubscribes by machines, `email.opened#true`, and of those that were none, `email.opened#false`. They stand
 * beside the count of the type, which has all of them.
 */
export const judgedType = (type: JudgedType, isAutomated: boolean): `${JudgedType}#${boolean}` =>
  `${type}#${isAutomated}`

/** SQL: whether a type counts events, each once, and is none of {@link judgedType}. */
export const isWhole = (type: string): string => `(instr(${type}, '#') = 0)`

/** Values of one answer; the rest of them are counted together. */
export const VALUES_MAX = 200

export interface DeliverabilityQuery {
  readonly by: Grouping
  readonly source?: string | undefined
  /** Days since the epoch, both inclusive. */
  readonly firstDay: number
  readonly lastDay: number
  /** The period is compared with the one that begins so many days earlier. */
  readonly compareDays?: number | undefined
}

export interface DayCount {
  /** A value or a source behind {@link VALUE_MARK}. For a day of either period, the number of the day in the later one. */
  readonly key: string
  readonly type: EventType | ReturnType<typeof judgedType>
  readonly is_before: 0 | 1
  readonly n: number
}

/** Counts by key, type and period. */
export async function dayCounts(store: Store, query: DeliverabilityQuery): Promise<DayCount[]> {
  const { by, source, firstDay, lastDay, compareDays } = query
  const dimension: Dimension = by === 'source' || by === 'day' ? 'bounce_type' : by
  const { results } = await store.db
    .prepare(COUNTS(KEYS[by], by === 'day' ? 9e15 : VALUES_MAX))
    .bind(source ?? null, scopedSources(store), firstDay, lastDay, compareDays ?? null, `$.${dimension}`)
    .all<DayCount>()
  return results
}

const KEYS: Readonly<Record<Grouping, string>> = {
  ...(Object.fromEntries(DIMENSIONS.map((dimension) => [dimension, 'v.key'])) as Record<Dimension, string>),
  source: `'${VALUE_MARK}' || d.source`,
  // D1 binds numbers as REAL.
  day: `'${VALUE_MARK}' || CAST(d.day + p.earlier AS INTEGER)`,
}

const COUNTS = (key: string, max: number): string => `
  WITH RECURSIVE ${sourcesIn('deliverability', '?1')},
  periods (is_before, earlier, first, last) AS (VALUES (0, 0, ?3, ?4), (1, ?5, ?3 - ?5, ?4 - ?5)),
  counted (key, type, is_before, n) AS MATERIALIZED (
    SELECT ${key}, t.key, p.is_before, sum(t.value)
    FROM sources s CROSS JOIN periods p
    CROSS JOIN deliverability d ON d.source = s.source AND d.day BETWEEN p.first AND p.last
    CROSS JOIN json_each(d.counts, ?6) v CROSS JOIN json_each(v.value) t
    WHERE ${scopeFilter('s.source', '?2')}
    GROUP BY 1, 2, 3),
  ranked (key, nr) AS MATERIALIZED (
    SELECT key, row_number() OVER (PARTITION BY ${isNamed('key')} ORDER BY sum(n * ${isWhole('type')}) DESC, key)
    FROM counted GROUP BY key)
  SELECT iif(r.nr <= ${max}, c.key, ${restOf('c.key')}) AS key, c.type, c.is_before, sum(c.n) AS n
  FROM counted c JOIN ranked r ON r.key = c.key GROUP BY 1, 2, 3`

/** The first day of figures, in days since the epoch; null if there are none. */
export async function firstDayCounted(store: Store, source: string | undefined): Promise<number | null> {
  const first = await store.db
    .prepare(
      `WITH RECURSIVE ${sourcesIn('deliverability', '?1')}
       SELECT min((SELECT min(d.day) FROM deliverability d WHERE d.source = s.source)) AS day
       FROM sources s WHERE ${scopeFilter('s.source', '?2')}`,
    )
    .bind(source ?? null, scopedSources(store))
    .first<{ day: number | null }>()
  return first?.day ?? null
}
