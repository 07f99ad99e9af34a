/**
 * Events in segments. Those of the person stay, without a recipient and without anything that was sealed under her key. The fingerprint
 * leaves the lists of her segments, unless others need it.
 */
import { personFingerprint } from '../../fingerprint.ts'
import { REMOVE_UNLISTED, segmentsOfEach } from '../../inverted-index.ts'
import { MASKED_FIELDS } from '../../masks.ts'
import { namedIn, openOriginal, originalsWithout } from '../../originals.ts'
import { EVENT_COLUMNS, column } from '../../stored-event.ts'
import type { Store } from '../../store.ts'
import type { Erasure, ErasureDeps } from '../erasure.ts'
import { type Counted, NOT_FOUND, type StorePlace } from './place.ts'

/** Of one step: the database ends a statement after 30 s, and rewrites about 10 MB in one. */
const STEP_SEGMENTS = 100
const STEP_BYTES = 10_000_000

const GIVEN = `given (fingerprint) AS MATERIALIZED (SELECT value FROM json_each(?1))`

const FIND = `
  WITH ${GIVEN}
  SELECT b.segment, octet_length(b.contents) AS bytes FROM (${segmentsOfEach('given')}) l
    CROSS JOIN segments b ON b.segment = l.segment ORDER BY b.segment`

interface Listed {
  readonly segment: number
  readonly bytes: number
}

const COUNT = `
  SELECT count(*) AS count, min(${column('occurred_at')}) AS firstMs, max(${column('occurred_at')}) AS lastMs,
    coalesce(sum(${column('source')} IN (SELECT value FROM json_each(?3))), 0) AS held
  FROM json_each(?1) j CROSS JOIN segments b ON b.segment = j.value CROSS JOIN jsonb_each(b.contents) e
  WHERE ${column('recipient')} = ?2`

/** Bound to the person and the time of each erasure, as JSON in ?2. */
const GONE = `gone (person, until_ms) AS MATERIALIZED (
  SELECT value ->> 0, max(value ->> 1) FROM json_each(?2) GROUP BY 1)`

/** SQL: whether an event `e` is of a person, and was received until the erasure. */
const IS_GONE = `EXISTS (
  SELECT 1 FROM gone g WHERE g.person = ${column('recipient')} AND ${column('received_at')} <= g.until_ms)`

/** SQL: whether a fingerprint of a segment `b` is of nobody who was erased, or still of somebody in it. */
const isNeeded = (fingerprint: string): string => `(
  ${fingerprint} NOT IN (SELECT substr(person, 1, 8) FROM gone) OR EXISTS (
    SELECT 1 FROM json_each(b.contents) e WHERE substr(${column('recipient')}, 1, 8) = ${fingerprint} AND NOT ${IS_GONE}))`

const pathOf = (name: (typeof EVENT_COLUMNS)[number]): string => `'$[${EVENT_COLUMNS.indexOf(name)}]'`

/**
 * Columns of events older than the masks, which may have the address in them. A message id always has an `@`; a second one, `=` or `%40`
 * may be of the recipient.
 */
const MAY_NAME = MASKED_FIELDS.map((name) => {
  const sign = name === 'message_id' ? '%@%@%' : name === 'other_message_ids' ? '%=%' : '%@%'
  const text = column(name)
  return `iif(${text} LIKE '${sign}' OR ${text} LIKE '%=%' OR instr(${text}, '%40') > 0, ${pathOf(name)}, '$.none'), NULL`
})

/** Bound to the segments as ?1. It also takes out fingerprints of events that were blanked. */
const ERASE = `
  WITH ${GONE}
  UPDATE segments AS b SET
    contents = (
      SELECT '[' || group_concat(
        iif(${IS_GONE}, json_replace(e.value, ${[pathOf('recipient'), pathOf('sealed')].map((path) => `${path}, NULL`).join(', ')}, ${MAY_NAME.join(', ')}), coalesce(e.value, 'null')),
        ',' ORDER BY e.key) || ']'
      FROM json_each(b.contents) e),
    originals = ${originalsWithout(IS_GONE)},
    fingerprints = (SELECT json_group_array(f.value) FROM json_each(b.fingerprints) f WHERE ${isNeeded('f.value')})
  WHERE b.segment IN (SELECT value FROM json_each(?1)) AND (
    EXISTS (SELECT 1 FROM jsonb_each(b.contents) e WHERE ${IS_GONE})
    OR EXISTS (SELECT 1 FROM json_each(b.fingerprints) f WHERE NOT ${isNeeded('f.value')}))`

const FAIL_IF_LEFT = `
  WITH ${GIVEN}, ${GONE}
  SELECT json('somebody is left in segment ' || b.segment) FROM (${segmentsOfEach('given')}) l
    CROSS JOIN segments b ON b.segment = l.segment CROSS JOIN jsonb_each(b.contents) e
  WHERE ${IS_GONE}`

const OF_NOBODY = `
  SELECT b.segment, e.key AS nr, b.ids ->> e.key AS id, b.originals ->> e.key AS original
  FROM json_each(?1) j CROSS JOIN segments b ON b.segment = j.value AND b.originals IS NOT NULL CROSS JOIN jsonb_each(b.contents) e
  WHERE ${column('recipient')} IS NULL AND original IS NOT NULL`

/** Bound to segments, and to places in them. */
const DROP_ORIGINALS = `
  UPDATE segments AS b SET originals = ${originalsWithout(`EXISTS (
    SELECT 1 FROM json_each(?2) p WHERE p.value ->> 0 = b.segment AND p.value ->> 1 = e.key)`)}
  WHERE b.segment IN (SELECT value FROM json_each(?1))`

interface OfNobody {
  readonly segment: number
  readonly nr: number
  readonly id: string
  readonly original: string
}

/** Drops originals that name the people though their events name nobody. Each is opened, and one that does not open goes as well. */
async function dropOriginalsOfNobody(store: Store, step: string, people: readonly string[]): Promise<void> {
  const [found] = await store.db.batch<OfNobody & Record<string, unknown>>([
    store.db.prepare(OF_NOBODY).bind(step),
  ])
  const gone: (readonly [number, number])[] = []
  for (const { segment, nr, id, original } of found?.results ?? []) {
    const nobody = { event_id: id, recipient: null, wrapped_key: null }
    const opened = await openOriginal(store, nobody, original)
    const named = opened.state === 'kept' ? await namedIn(opened.text, store) : undefined
    if (named === undefined || named.some((one) => people.includes(one))) gone.push([segment, nr])
  }
  if (gone.length > 0)
    await store.db.batch([store.db.prepare(DROP_ORIGINALS).bind(step, JSON.stringify(gone))])
}

const fingerprintsOf = (people: readonly string[]): string =>
  JSON.stringify([...new Set(people.map(personFingerprint))])

const peopleOf = (erasures: readonly Erasure[]): readonly string[] => erasures.map(({ person }) => person)

const goneOf = (erasures: readonly Erasure[]): string =>
  JSON.stringify(erasures.map(({ person, erasedAtMs }) => [person, erasedAtMs]))

async function findListed(db: D1Database, fingerprints: string): Promise<readonly Listed[]> {
  const [answer] = await db.batch<Listed>([db.prepare(FIND).bind(fingerprints)])
  return answer?.results ?? []
}

/** JSON arrays of segments, each for one step. */
function* stepsOf(listed: readonly Listed[]): Generator<string> {
  let step: number[] = []
  let stepBytes = 0
  for (const { segment, bytes } of listed) {
    if (step.length >= STEP_SEGMENTS || (step.length > 0 && stepBytes + bytes > STEP_BYTES)) {
      yield JSON.stringify(step)
      step = []
      stepBytes = 0
    }
    step.push(segment)
    stepBytes += bytes
  }
  if (step.length > 0) yield JSON.stringify(step)
}

export const events: StorePlace = {
  name: 'events',
  async count({ store: { db } }: ErasureDeps, person, held = []): Promise<Counted> {
    const counts: Counted[] = []
    for (const step of stepsOf(await findListed(db, fingerprintsOf([person])))) {
      const [counted] = await db.batch<Counted>([db.prepare(COUNT).bind(step, person, JSON.stringify(held))])
      counts.push(...(counted?.results ?? []).filter(({ count }) => count > 0))
    }
    if (counts.length === 0) return NOT_FOUND
    return {
      count: counts.reduce((sum, { count }) => sum + count, 0),
      firstMs: Math.min(...counts.map(({ firstMs }) => firstMs ?? Infinity)),
      lastMs: Math.max(...counts.map(({ lastMs }) => lastMs ?? -Infinity)),
      held: counts.reduce((sum, { held: some = 0 }) => sum + some, 0),
    }
  },
  async erase({ store }, erasures, mayGoOn) {
    const { db } = store
    const fingerprints = fingerprintsOf(peopleOf(erasures))
    for (const step of stepsOf(await findListed(db, fingerprints))) {
      if (!mayGoOn()) return false
      await dropOriginalsOfNobody(store, step, peopleOf(erasures))
      await db.batch([
        db.prepare(ERASE).bind(step, goneOf(erasures)),
        db.prepare(REMOVE_UNLISTED).bind(step, fingerprints),
      ])
    }
    return true
  },
  failIfLeft: (db, erasures) =>
    db.prepare(FAIL_IF_LEFT).bind(fingerprintsOf(peopleOf(erasures)), goneOf(erasures)),
}
