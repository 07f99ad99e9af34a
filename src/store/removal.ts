/**
 * Removes old events from the store, in steps of bounded size. A step may be repeated, and two callers may remove at once.
 *
 * Whole segments go oldest first. History is raised in a transaction before that, so the consumer knows what may be missing before
 * it is missing. In segments that stay, events of some types can be blanked: the id stays, so a copy is still known.
 */
import type { EventType } from '../event/mail-event.ts'
import { filterFingerprint } from './fingerprint.ts'
import { REMOVE_EMPTY_BLOCKS } from './inverted-index.ts'
import { originalsWithout } from './originals.ts'
import { column } from './stored-event.ts'
import type { Store } from './store.ts'

interface Step {
  /** Segments up to this one are passed over. Give `at` of the step before. */
  readonly after?: number
  /** The last segment of the span. The last one of the store is never removed. */
  readonly upTo: number
  /** Segments that list one of these fingerprints stay as they are. */
  readonly keep: readonly string[]
  /** How many segments of the span the step looks at, at most: fewer if they are large. */
  readonly segments: number
  /**
   * SQL: others stay as they are. The transaction that finds segments asks it: the database may have been restored since `upTo` was
   * read, and then has other segments of these numbers.
   */
  readonly only?: string
}

export type Removal = Step

export interface Blanking extends Step {
  readonly types: readonly EventType[]
}

export interface Removed {
  /** Segments that were removed, or in which events were blanked. */
  readonly segments: number
  /** Events that are gone. */
  readonly events: number
  /** The last segment that the step has looked at. */
  readonly at: number
  /** Whether there are more segments of the span behind it. */
  readonly more: boolean
}

/** Of one step, besides its last segment: some seconds of the database, which ends a statement after thirty. */
const STEP_MAX_EVENTS = 25_000
const STEP_MAX_BYTES = 30_000_000

/** Bound to the span, the number of segments and what is kept. */
const span = (only: string): string => `
  span AS MATERIALIZED (
    SELECT segment, last_ms, stored_at, fingerprints FROM (
      SELECT *, sum(events) OVER w - events AS events_ahead, sum(bytes) OVER w - bytes AS bytes_ahead FROM (
        SELECT segment, last_ms, stored_at, fingerprints, events, octet_length(contents) AS bytes
        FROM segments WHERE segment > ?1 AND segment <= ?2 ORDER BY segment LIMIT ?3)
      WINDOW w AS (ORDER BY segment))
    WHERE events_ahead < ${STEP_MAX_EVENTS} AND bytes_ahead < ${STEP_MAX_BYTES}),
  chosen AS MATERIALIZED (
    SELECT * FROM span s WHERE NOT EXISTS (
      SELECT 1 FROM json_each(?4) k WHERE instr(s.fingerprints, '"' || k.value || '"')) AND ${only})`

/** An event that is later than now comes from a clock that was wrong. If it were removed, all events until its time would be late. */
const removable = (only: string): string => `
  ${span(only)},
  removable AS MATERIALIZED (
    SELECT segment, last_ms, stored_at FROM chosen
    WHERE last_ms < ?5 AND segment < (SELECT max(segment) FROM segments))`

const find = (only: string): string => `
  WITH ${removable(only)}
  SELECT (SELECT json_group_array(segment) FROM removable) AS segments, (SELECT max(segment) FROM span) AS at,
    EXISTS (
      SELECT 1 FROM segments WHERE segment > (SELECT max(segment) FROM span) AND segment <= ?2
        AND segment < (SELECT max(segment) FROM segments)) AS more`

const raise = (only: string): string => `
  INSERT INTO history (one, before_ms, stored_ms)
  WITH ${removable(only)}
  SELECT 1, max(last_ms), max(stored_at) FROM removable HAVING count(*) > 0
  ON CONFLICT (one) DO UPDATE SET
    before_ms = max(before_ms, excluded.before_ms), stored_ms = max(stored_ms, excluded.stored_ms)`

/**
 * Removes the bounces before a delivery that goes: a rule for runs would no longer see that the delivery lies between them and later
 * ones. An entry that they made stays.
 *
 * @param gone SQL: common table expressions, of which `gone (segment)` has the segments whose deliveries go
 */
const removeBrokenEvidence = (gone: string): string => `
  WITH ${gone},
  delivered AS MATERIALIZED (
    SELECT unhex(${column('recipient')}) AS recipient, ${column('source')} AS source, max(${column('occurred_at')}) AS at_ms
    FROM gone g CROSS JOIN segments b ON b.segment = g.segment CROSS JOIN jsonb_each(b.contents) e
    WHERE ${column('type')} = 'email.delivered' AND ${column('recipient')} IS NOT NULL GROUP BY 1, 2)
  DELETE FROM evidence WHERE reason IN ('hard_bounce', 'soft_bounces') AND (recipient, occurred_at, event_id) IN (
    SELECT v.recipient, v.occurred_at, v.event_id FROM delivered d CROSS JOIN evidence v
      ON v.recipient = d.recipient AND v.reason IN ('hard_bounce', 'soft_bounces') AND v.occurred_at < d.at_ms AND v.source = d.source)`

/** Bound to the segments. If the database was restored between the two transactions, these numbers may be of other segments. */
const GONE = `
  gone AS MATERIALIZED (
    SELECT b.segment FROM json_each(?1) j CROSS JOIN segments b ON b.segment = j.value
    WHERE b.last_ms <= (SELECT before_ms FROM history) AND b.stored_at <= (SELECT stored_ms FROM history)
      AND b.segment < (SELECT max(segment) FROM segments))`

const REMOVE = `WITH ${GONE} DELETE FROM segments WHERE segment IN (SELECT segment FROM gone) RETURNING events`

interface FoundRow {
  /** JSON array. */
  readonly segments: string
  readonly at: number | null
  readonly more: number
}

/** One step: removes whole segments. */
export async function removeSegments(
  { db }: Pick<Store, 'db'>,
  removal: Removal,
  nowMs: number,
): Promise<Removed> {
  const { only = 'TRUE' } = removal
  const bound = [...spanOf(removal), nowMs]
  const [found] = await db.batch<FoundRow>([
    db.prepare(find(only)).bind(...bound),
    db.prepare(raise(only)).bind(...bound),
  ])
  const { segments, at, more } = found?.results[0] ?? NONE
  const reached = { at: at ?? removal.after ?? 0, more: more === 1 }
  if (segments === '[]') return { segments: 0, events: 0, ...reached }
  const [, removed] = await db.batch<{ readonly events: number }>([
    db.prepare(removeBrokenEvidence(GONE)).bind(segments),
    db.prepare(REMOVE).bind(segments),
    db.prepare(REMOVE_EMPTY_BLOCKS).bind(segments),
  ])
  const sizes = removed?.results.map(({ events }) => events) ?? []
  return { segments: sizes.length, events: sizes.reduce((sum, size) => sum + size, 0), ...reached }
}

const NONE: FoundRow = { segments: '[]', at: null, more: 0 }

const spanOf = ({ after = 0, upTo, segments, keep }: Step): (number | string)[] => [
  after,
  upTo,
  segments,
  JSON.stringify(keep),
]

/** Also bound to the types, and to their fingerprints. */
const listed = (only: string): string => `
  ${span(only)},
  gone AS MATERIALIZED (
    SELECT segment, last_ms FROM chosen c WHERE EXISTS (
      SELECT 1 FROM json_each(?6) f WHERE instr(c.fingerprints, '"' || f.value || '"')))`

/** SQL: whether an event `e` is of one of the types. */
const IS_EXPIRED = `(${column('type')} IN (SELECT value FROM json_each(?5)))`

const countExpired = (only: string): string => `
  WITH ${listed(only)},
  expired AS (
    SELECT b.segment, count(*) AS events FROM gone g CROSS JOIN segments b ON b.segment = g.segment
      CROSS JOIN jsonb_each(b.contents) e
    WHERE ${IS_EXPIRED} GROUP BY b.segment)
  SELECT count(*) AS segments, coalesce(sum(events), 0) AS events, (SELECT max(segment) FROM span) AS at,
    EXISTS (SELECT 1 FROM segments WHERE segment > (SELECT max(segment) FROM span) AND segment <= ?2) AS more
  FROM expired`

const raiseBlanked = (only: string): string => `
  INSERT INTO history (one, blanked_ms)
  WITH ${listed(only)}
  SELECT 1, min(max(last_ms), ?7) FROM gone HAVING count(*) > 0
  ON CONFLICT (one) DO UPDATE SET blanked_ms = max(blanked_ms, excluded.blanked_ms)`

const blank = (only: string): string => `
  WITH ${listed(only)}
  UPDATE segments AS b SET contents = (
    SELECT '[' || group_concat(iif(${IS_EXPIRED}, 'null', coalesce(e.value, 'null')), ',' ORDER BY e.key) || ']' FROM json_each(b.contents) e),
    originals = ${originalsWithout(IS_EXPIRED)}
  WHERE b.segment IN (SELECT segment FROM gone) AND EXISTS (SELECT 1 FROM jsonb_each(b.contents) e WHERE ${IS_EXPIRED})`

interface CountRow {
  readonly segments: number
  readonly events: number
  readonly at: number | null
  readonly more: number
}

/**
 * One step: blanks events of these types in the segments of the span. Their value in `contents` becomes JSON null. How long an event is
 * kept is counted from when it was stored, so the span says how old they are.
 */
export async function blankEvents(
  { db }: Pick<Store, 'db'>,
  blanking: Blanking,
  nowMs: number,
): Promise<Removed> {
  const { types, only = 'TRUE' } = blanking
  const fingerprints = types.map((type) => filterFingerprint(undefined, type))
  const bound = [...spanOf(blanking), JSON.stringify(types), JSON.stringify(fingerprints)]
  const statement = (sql: string) => db.prepare(sql).bind(...bound)
  const ofDeliveries = () => [
    db.prepare(raiseBlanked(only)).bind(...bound, nowMs),
    statement(removeBrokenEvidence(listed(only))),
  ]
  const [counted] = await db.batch<CountRow>([
    statement(countExpired(only)),
    ...(types.includes('email.delivered') ? ofDeliveries() : []),
    statement(blank(only)),
  ])
  const { segments, events, at, more } = counted?.results[0] ?? { segments: 0, events: 0, at: null, more: 0 }
  return { segments, events, at: at ?? blanking.after ?? 0, more: more === 1 }
}

export interface Unkept extends Step {
  readonly sources: readonly string[]
  /** Whether originals of all other sources go. */
  readonly others: boolean
}

/** Also bound to the sources, and to whether all others are meant. */
const IS_UNKEPT = `((${column('source')} IN (SELECT value FROM json_each(?5))) <> ?6)`

const countUnkept = (only: string): string => `
  WITH ${span(only)}
  SELECT coalesce(sum(b.originals ->> e.key IS NOT NULL AND ${IS_UNKEPT}), 0) AS events,
    count(DISTINCT b.segment) AS segments, (SELECT max(segment) FROM span) AS at,
    EXISTS (SELECT 1 FROM segments WHERE segment > (SELECT max(segment) FROM span) AND segment <= ?2) AS more
  FROM chosen c CROSS JOIN segments b ON b.segment = c.segment AND b.originals IS NOT NULL
    CROSS JOIN jsonb_each(b.contents) e`

const drop = (only: string): string => `
  WITH ${span(only)}
  UPDATE segments AS b SET originals = ${originalsWithout(IS_UNKEPT)}
  WHERE b.segment IN (SELECT segment FROM chosen) AND b.originals IS NOT NULL
    AND EXISTS (SELECT 1 FROM jsonb_each(b.contents) e WHERE b.originals ->> e.key IS NOT NULL AND ${IS_UNKEPT})`

/** One step: drops originals of events of some sources in the segments of the span. The events stay as they are. */
export async function dropOriginals({ db }: Pick<Store, 'db'>, unkept: Unkept): Promise<Removed> {
  const { sources, others, only = 'TRUE' } = unkept
  const bound = [...spanOf(unkept), JSON.stringify(sources), others ? 1 : 0]
  const [counted] = await db.batch<CountRow>([
    db.prepare(countUnkept(only)).bind(...bound),
    db.prepare(drop(only)).bind(...bound),
  ])
  const { segments, events, at, more } = counted?.results[0] ?? { segments: 0, events: 0, at: null, more: 0 }
  return { segments, events, at: at ?? unkept.after ?? 0, more: more === 1 }
}
