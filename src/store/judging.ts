/**
 * Judges opens, clicks and unsubscribes some minutes after they were stored, by the events around them (`event/automated/later.ts`), and
 * turns `automated` from null into true. Steps are of bounded size. One may be repeated, and two callers may judge at once: an event counts
 * once, in the transaction that changes it. The past from before the first step is not judged.
 */
import { type Act, laterSigns } from '../event/automated/later.ts'
import { JUDGED_TYPES, type JudgedType, type SignName, isJudged } from '../event/automated/signs.ts'
import { isTimed, reportedMs } from '../event/identity.ts'
import { domainOf, mailboxProviderOf } from '../event/mailbox-providers.ts'
import { DAY_MS, MINUTE_MS } from '../platform/time.ts'
import { KEYS, addCounts } from './deliverability-counts.ts'
import { DIMENSIONS, judgedType, restOf } from './deliverability.ts'
import { filterFingerprint, messageFingerprint } from './fingerprint.ts'
import { personalReader } from './personal.ts'
import type { Store } from './store.ts'
import {
  EVENT_COLUMNS,
  type EventRow,
  HAS_CONTENTS,
  WITHOUT_SEALED,
  column,
  isOfMessage,
  rowOfValues,
} from './stored-event.ts'

/** By then the events around it are stored, whatever came first. */
const JUDGED_AFTER_MS = 10 * MINUTE_MS

/** Segments of one step, and their contents. */
const STEP_SEGMENTS = 32
const STEP_MAX_BYTES = 8_000_000

/** Segments before and after a step that are read for clicks of the same address. */
const CROWD_SEGMENTS = 16
/** Segments before and after a step that are read for events of the same messages, as far as they were stored within the minutes above. */
const MESSAGE_SEGMENTS = 512

const FINGERPRINTS = JSON.stringify(JUDGED_TYPES.map((type) => filterFingerprint(undefined, type)))
const CLICKED: JudgedType = 'email.clicked'
const TYPES = JUDGED_TYPES.map((type) => `'${type}'`).join(', ')

/** SQL: whether a segment `b` lists one of these fingerprints. */
const lists = (fingerprints: string): string =>
  `EXISTS (SELECT 1 FROM json_each(${fingerprints}) f WHERE instr(b.fingerprints, '"' || f.value || '"'))`

/** The first row begins with what is new: with the first segment that was stored in the last minutes. */
const BEGIN = `
  INSERT INTO judged_progress (one, segment)
  SELECT 1, coalesce((SELECT segment FROM segments WHERE stored_at <= ?1 ORDER BY segment DESC LIMIT 1), 0)
  WHERE NOT EXISTS (SELECT 1 FROM judged_progress)`

/** Bound to the time up to which segments are judged, and the fingerprints of the types. */
const NEXT = `
  WITH span AS MATERIALIZED (
    SELECT *, sum(bytes) OVER (ORDER BY segment) - bytes AS ahead FROM (
      SELECT b.segment, b.stored_at, octet_length(b.contents) AS bytes, ${lists('?2')} AS listed FROM segments b
      WHERE b.segment > (SELECT segment FROM judged_progress) ORDER BY b.segment LIMIT ${STEP_SEGMENTS})
    WHERE stored_at <= ?1)
  SELECT min(segment) AS first, max(segment) AS last, json_group_array(segment) FILTER (WHERE listed) AS segments
  FROM span WHERE ahead < ${STEP_MAX_BYTES}`

interface Span {
  readonly first: number | null
  readonly last: number
  /** JSON array of those with an event to judge. */
  readonly segments: string
}

const ROW = `b.segment, b.stored_at AS storedMs, e.key AS place, b.ids ->> e.key AS id, lower(hex(r.wrapped_key)) AS wrapped`
/** SQL: events `e` of segments `b`, with the keys of those for which a condition holds: each key is a row that is read. */
const eventsWithKeys = (isOpened: string): string => `CROSS JOIN jsonb_each(b.contents) e
  LEFT JOIN recipients r ON r.recipient = unhex(iif(${isOpened}, ${column('recipient')}, NULL))
  WHERE ${HAS_CONTENTS} AND ${column('recipient')} IS NOT NULL`
const IS_CLICK = `${column('type')} = '${CLICKED}'`

/** Bound to the segments of a step, its first and its last. Of the segments around it, only clicks. */
const READ = `
  WITH around AS (
    SELECT segment FROM (SELECT segment FROM segments WHERE segment < ?2 ORDER BY segment DESC LIMIT ${CROWD_SEGMENTS})
    UNION ALL SELECT segment FROM (SELECT segment FROM segments WHERE segment > ?3 ORDER BY segment LIMIT ${CROWD_SEGMENTS})),
  read (segment, isOwn) AS MATERIALIZED (
    SELECT value, 1 FROM json_each(?1)
    UNION ALL SELECT b.segment, 0 FROM around a CROSS JOIN segments b ON b.segment = a.segment
      AND instr(b.fingerprints, '"${filterFingerprint(undefined, CLICKED)}"') AND octet_length(b.contents) < ${STEP_MAX_BYTES / CROWD_SEGMENTS})
  SELECT a.isOwn, ${ROW}, iif(${IS_CLICK}, json(e.value), ${WITHOUT_SEALED}) AS event
  FROM read a CROSS JOIN segments b ON b.segment = a.segment ${eventsWithKeys(`(${IS_CLICK} OR a.isOwn)`)}
    AND (${IS_CLICK} OR (a.isOwn AND ${column('automated')} IS NULL AND ${column('type')} IN (${TYPES})))`

/** Bound to the step's first and last segment, fingerprints and ids of messages, and how far around the step they are looked for. */
const READ_MESSAGES = `
  WITH near AS MATERIALIZED (
    SELECT b.segment FROM segments b
    WHERE b.segment BETWEEN ?1 - ${MESSAGE_SEGMENTS} AND ?2 + ${MESSAGE_SEGMENTS}
      AND b.stored_at >= (SELECT stored_at FROM segments WHERE segment = ?1) - ${JUDGED_AFTER_MS}
      AND EXISTS (SELECT 1 FROM json_each(b.fingerprints) f WHERE f.value IN (SELECT value FROM json_each(?3))))
  SELECT 0 AS isOwn, ${ROW}, iif(${IS_CLICK}, json(e.value), ${WITHOUT_SEALED}) AS event
  FROM near n CROSS JOIN segments b ON b.segment = n.segment ${eventsWithKeys(IS_CLICK)}
    AND ${column('type')} IN ('email.delivered', ${TYPES}) AND ${isOfMessage('?4')}`

interface Read {
  readonly isOwn: 0 | 1
  readonly segment: number
  readonly storedMs: number
  readonly place: number
  readonly id: string
  readonly wrapped: string | null
  /** Values as JSON. */
  readonly event: string
}

/** An event that is to be changed: where it is, what is known now, and as what it counts. */
type Turned = readonly [
  segment: number,
  place: number,
  id: string,
  by: SignName,
  source: string,
  type: string,
  keys: object,
]

const GIVEN = `given (segment, place, id, sign, source, type, keys) AS MATERIALIZED (
    SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value -> 6 FROM json_each(?1))`

/** SQL: whether an event `e` of a segment `b` is a given event `g`, and nobody has judged it. */
const IS_UNJUDGED = `g.segment = b.segment AND g.place = e.key AND g.id = b.ids ->> e.key AND e.value IS NOT NULL
  AND ${column('automated')} IS NULL`

/**
 * Bound to the events and their day. A name that was counted with the rest stays there, and a day whose figures are gone gets none.
 */
const COUNT = `
  WITH ${GIVEN},
  unjudged AS MATERIALIZED (
    SELECT g.source, d.key AS dimension, d.value AS key, g.type, count(*) AS n
    FROM (SELECT DISTINCT segment FROM given) s CROSS JOIN segments b ON b.segment = s.segment CROSS JOIN jsonb_each(b.contents) e
      JOIN given g ON ${IS_UNJUDGED} CROSS JOIN json_each(g.keys) d
    GROUP BY 1, 2, 3, 4),
  added (source, dimension, key, type, n) AS MATERIALIZED (
    SELECT u.source, u.dimension,
      iif(EXISTS (SELECT 1 FROM json_each(c.counts, '$.' || u.dimension) v WHERE v.key = u.key), u.key, ${restOf('u.key')}),
      u.type, sum(u.n)
    FROM unjudged u JOIN deliverability c ON c.source = u.source AND c.day = CAST(?2 AS INTEGER) GROUP BY 1, 2, 3, 4),
  ${addCounts('CAST(?2 AS INTEGER)')}`

const AUTOMATED = EVENT_COLUMNS.indexOf('automated')
const NULLS = ',null'.repeat(AUTOMATED)

/** SQL: the values of an event `e` with the sign of `g`. Nulls at the end are not stored, so they may be missing. */
const WITH_SIGN = `iif(json_array_length(e.value) > ${AUTOMATED},
    json_set(e.value, '$[${AUTOMATED}]', 1, '$[${AUTOMATED + 1}]', g.sign),
    substr(e.value, 1, length(e.value) - 1) || substr('${NULLS}', 1, 5 * (${AUTOMATED} - json_array_length(e.value))) || ',1,"' || g.sign || '"]')`

/** Bound to the events. */
const TURN = `
  WITH ${GIVEN}
  UPDATE segments AS b SET contents = (
    SELECT '[' || group_concat(iif(g.id IS NULL, coalesce(e.value, 'null'), ${WITH_SIGN}), ',' ORDER BY e.key) || ']'
    FROM json_each(b.contents) e LEFT JOIN given g ON ${IS_UNJUDGED})
  WHERE b.segment IN (SELECT segment FROM given)`

const PASS = `UPDATE judged_progress SET segment = max(segment, ?1)`

/** One step. @returns whether there may be more to judge */
export async function judgeNext({
  store,
  nowMs,
}: {
  readonly store: Store
  readonly nowMs: () => number
}): Promise<boolean> {
  const { db } = store
  const untilMs = nowMs() - JUDGED_AFTER_MS
  const [, next] = await db.batch<Span>([
    db.prepare(BEGIN).bind(untilMs),
    db.prepare(NEXT).bind(untilMs, FINGERPRINTS),
  ])
  const span = next?.results[0]
  if (span === undefined || span.first === null) return false
  const turned = span.segments === '[]' ? [] : await judged(store, span.first, span)
  const byDay = Map.groupBy(turned, ({ day }) => day)
  await db.batch([
    ...[...byDay].map(([day, events]) =>
      db.prepare(COUNT).bind(JSON.stringify(events.map(({ event }) => event)), day),
    ),
    ...(turned.length === 0 ? [] : [db.prepare(TURN).bind(JSON.stringify(turned.map(({ event }) => event)))]),
    db.prepare(PASS).bind(span.last),
  ])
  return true
}

/** Events of a step that show a sign. */
async function judged(
  store: Store,
  first: number,
  { last, segments }: Span,
): Promise<readonly { readonly day: number; readonly event: Turned }[]> {
  const { db } = store
  const { results: read } = await db.prepare(READ).bind(segments, first, last).all<Read>()
  const own = read.filter(({ isOwn }) => isOwn === 1).map(rowOf)
  const unjudged = own.filter(({ row }) => row.automated === null)
  if (unjudged.length === 0) return []
  const ids = [...new Set(unjudged.flatMap(({ row }) => messageIdsOf(row)))]
  const fingerprints = await Promise.all(ids.map(messageFingerprint))
  const messages = db
    .prepare(READ_MESSAGES)
    .bind(first, last, JSON.stringify(fingerprints), JSON.stringify(ids))
  const { results: near } = ids.length === 0 ? { results: [] } : await messages.all<Read>()
  const all = new Map([...near, ...read].map((one) => [one.id, rowOf(one)]))
  const open = personalReader(store)
  const acts = await Promise.all([...all.values()].map(({ row }) => actOf(row, open)))
  const signs = laterSigns(acts.filter((act) => act !== undefined))
  const turned = unjudged.map(async ({ of, row, values }) => {
    const by = signs.get(row.event_id)
    if (by === undefined || !isJudged(row.type)) return []
    // An erased person is not judged: nobody knows any more as what she was counted.
    const person = await store.people.find(row.recipient ?? '', row.wrapped_key ?? '')
    if (person === undefined) return []
    const counted = { values, mailboxProvider: mailboxProviderOf(domainOf(person.address)) }
    const keys = Object.fromEntries(DIMENSIONS.map((dimension) => [dimension, KEYS[dimension](counted)]))
    const event: Turned = [of.segment, of.place, of.id, by, row.source, judgedType(row.type, true), keys]
    return [{ day: Math.floor(of.storedMs / DAY_MS), event }]
  })
  return (await Promise.all(turned)).flat()
}

function rowOf(of: Read): { readonly of: Read; readonly row: EventRow; readonly values: readonly never[] } {
  const values = JSON.parse(of.event) as never[]
  return { of, values, row: rowOfValues(of.id, values, of.wrapped) }
}

const messageIdsOf = ({ message_id: id, other_message_ids: others }: EventRow): readonly string[] =>
  id === null ? others : [id, ...others]

/** Undefined if the ESP gave no time, or one in the future. */
async function actOf(row: EventRow, open: ReturnType<typeof personalReader>): Promise<Act | undefined> {
  const { event_id: id, type, source, recipient, occurred_at: atMs } = row
  if (!isTimed(id) || reportedMs(id) !== atMs) return undefined
  const act = { id, type, source, messageIds: messageIdsOf(row), person: recipient ?? '', atMs }
  if (type !== CLICKED) return act
  const { url = null, client_ip: clientIp = null, recipient: address } = await open(row)
  return { ...act, link: { url, clientIp, domain: domainOf(address ?? '') } }
}
