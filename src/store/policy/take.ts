/** Takes a policy: plans whom it would suppress and whom not, and judges everybody anew, in bounded steps. */
import { causeOf } from '../../event/cause/cause-of.ts'
import { CAUSES_OF_SENDER } from '../../event/cause/causes.ts'
import { isRefusal } from '../erasures/progress.ts'
import { personalReader } from '../personal.ts'
import type { EventRow } from '../stored-event.ts'
import type { Store } from '../store.ts'
import { suppressingEvents } from '../suppression-review.ts'
import type { Policy } from './document.ts'
import type { Bounce } from './judge.ts'
import {
  type Judged,
  type SeenPerson,
  failIfMoved,
  isFixed,
  judgeAll,
  seeStatements,
  seenOf,
  withBounces,
  writeStatements,
} from './people.ts'
import { type StoredPolicy, policyOf, policyStatement } from './stored.ts'

/** People of one step: their bounces and deliveries are read at once. */
export const STEP_PEOPLE = 50
/** A plan looks at so many people. */
const PLAN_STEPS = 40

export async function readPolicyInForce({ db }: Pick<Store, 'db'>): Promise<StoredPolicy> {
  const [answer] = await db.batch<Parameters<typeof policyOf>[0][number]>([policyStatement(db)])
  return policyOf(answer?.results ?? [])
}

export interface Effect {
  readonly people: number
  /** People who come on the list. */
  readonly on: number
  /** People who go off it. */
  readonly off: number
}

interface Step extends Effect {
  /** The last person; null if nobody is left. */
  readonly after: string | null
}

const REASONS = `('hard_bounce', 'soft_bounces')`

const PAGE = `
  SELECT lower(hex(recipient)) AS person FROM (
    SELECT * FROM (SELECT DISTINCT recipient FROM suppressions WHERE recipient > unhex(?1) AND reason IN ${REASONS} ORDER BY 1 LIMIT ?2)
    UNION
    SELECT * FROM (SELECT DISTINCT recipient FROM evidence WHERE recipient > unhex(?1) AND reason IN ${REASONS} ORDER BY 1 LIMIT ?2))
  ORDER BY recipient LIMIT ?2`

const KEEP = `
  INSERT INTO evidence (recipient, reason, occurred_at, event_id, source, native_type, sealed, cause, message)
  SELECT unhex(value ->> 0), 'hard_bounce', value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7
  FROM json_each(?1) WHERE true ON CONFLICT DO NOTHING`

const REACHED = `UPDATE policy SET judged = ?1 WHERE version = ?2`

/** An own segment has another writer. */
const NO_WRITER = -1
/** A step whose people get events meanwhile is made again. */
const TRIES_MAX = 5

/** @param plan the policy that is only planned; undefined to judge by the one in force, and write */
async function step(store: Store, after: string, nowMs: number, plan?: Policy): Promise<Step> {
  const page = await store.db.prepare(PAGE).bind(after, STEP_PEOPLE).all<PersonFound>()
  const last = lastOf(page.results)
  const reached = (version: number) => store.db.prepare(REACHED).bind(last, version)
  return { ...(await judgeSome(store, page.results, nowMs, reached, plan)), after: last }
}

export interface PersonFound {
  readonly person: string
}

/** The last person of a page; null if it is the last page. */
export const lastOf = (page: readonly PersonFound[]): string | null =>
  page.length < STEP_PEOPLE ? null : (page.at(-1)?.person ?? null)

/** @param reached a statement that notes that they are judged, by the version of the policy @param plan as above */
export async function judgeSome(
  store: Store,
  some: readonly PersonFound[],
  nowMs: number,
  reached: (version: number) => D1PreparedStatement,
  plan?: Policy,
): Promise<Effect> {
  const { db } = store
  const asked = some.map(({ person }) => ({ person, isBounced: true }))
  for (let tries = 1; ; tries++) {
    const seen = seenOf(asked, await db.batch(seeStatements(db, asked)))
    const adopted = await bouncesOfEntries(store, seen.people)
    const people = seen.people.map((one) =>
      withBounces(
        one,
        adopted.flatMap(({ person, bounce }) => (person === one.person ? [bounce] : [])),
      ),
    )
    const judged = await judgeAll(db, plan ?? seen.stored.policy, people)
    if (plan !== undefined) return effectOf(judged, nowMs)
    try {
      await db.batch([
        failIfMoved(db, seen, NO_WRITER),
        db.prepare(KEEP).bind(JSON.stringify(adopted.map(valuesOf))),
        ...writeStatements(db, judged),
        reached(seen.stored.version),
      ])
      return effectOf(judged, nowMs)
    } catch (cause) {
      if (!isRefusal(cause) || tries === TRIES_MAX) throw cause
    }
  }
}

interface Adopted {
  readonly person: string
  readonly row: EventRow
  readonly bounce: Bounce
}

/**
 * The hard bounces behind entries of before 0.4, which kept none as evidence. Where the bounce of an entry is not in the store any more, the
 * entry keeps its terms. A cause of the sender counts as unknown: such a bounce did suppress then, and taking the policy back restores the list.
 */
async function bouncesOfEntries(store: Store, people: readonly SeenPerson[]): Promise<readonly Adopted[]> {
  const fixed = people.flatMap(({ person, entries, bounces }) =>
    entries.flatMap((entry) =>
      entry.reason === 'hard_bounce' && isFixed(entry, bounces) ? [[person, entry.eventId] as const] : [],
    ),
  )
  const rows = await suppressingEvents(
    store,
    fixed.map(([person]) => person),
  )
  const ofPerson = Map.groupBy(
    rows.filter(({ type }) => type === 'email.bounced'),
    ({ recipient }) => recipient ?? '',
  )
  const found = fixed.flatMap(([person, eventId]) => {
    const ones = ofPerson.get(person) ?? []
    return ones.some(({ event_id: id }) => id === eventId) ? ones : []
  })
  const personal = personalReader(store)
  return Promise.all(
    found.map(async (row) => {
      const { event_id: id, occurred_at: atMs, source, message_id: message } = row
      const { reason: text } = await personal(row)
      const cause =
        row.cause ?? causeOf({ text, smtpCode: row.smtp_code, enhancedCode: row.enhanced_code })?.cause
      const known = cause === undefined || CAUSES_OF_SENDER.includes(cause) ? null : cause
      const bounce: Bounce = {
        id,
        atMs,
        source,
        reason: 'hard_bounce',
        cause: known,
        message,
        isOfWave: false,
      }
      return { person: row.recipient ?? '', row, bounce }
    }),
  )
}

const valuesOf = ({ person, row, bounce: { atMs, id, source, cause, message } }: Adopted) => [
  person,
  atMs,
  id,
  source,
  row.native_type,
  row.sealed,
  cause,
  message,
]

function effectOf(judged: readonly Judged[], nowMs: number): Effect {
  const isBlocking = (one: { readonly expiresAtMs: number | null } | null): boolean =>
    one !== null && (one.expiresAtMs ?? Infinity) > nowMs
  const changes = judged.map(({ seen, entries }) => ({
    was: seen.entries.some((entry) => entry.isActive && isBlocking(entry)),
    is: Object.values(entries).some(isBlocking),
  }))
  return {
    people: judged.length,
    on: changes.filter(({ was, is }) => is && !was).length,
    off: changes.filter(({ was, is }) => was && !is).length,
  }
}

const NOBODY: Effect = { people: 0, on: 0, off: 0 }

const sumOf = (a: Effect, b: Effect): Effect => ({
  people: a.people + b.people,
  on: a.on + b.on,
  off: a.off + b.off,
})

export interface PolicyPlan extends Effect {
  /** Whether there are more people than were looked at. */
  readonly isMore: boolean
  /** People whom the store knows, counted up to a number. */
  readonly known: number
  /** Whether it suppresses more than a twentieth of those, or lifts more than a twentieth of those with bounces. */
  readonly isLarge: boolean
}

const KNOWN_MAX = 20 * PLAN_STEPS * STEP_PEOPLE

/** Says what a policy would change. Writes nothing. */
export async function planPolicy(store: Store, policy: Policy, nowMs: number): Promise<PolicyPlan> {
  let [sum, after]: [Effect, string | null] = [NOBODY, '']
  for (let steps = 0; after !== null && steps < PLAN_STEPS; steps++) {
    const one: Step = await step(store, after, nowMs, policy)
    sum = sumOf(sum, one)
    after = one.after
  }
  const counted = store.db
    .prepare('SELECT count(*) AS known FROM (SELECT 1 FROM recipients LIMIT ?1)')
    .bind(KNOWN_MAX)
  const known = (await counted.first<{ readonly known: number }>())?.known ?? 0
  // Of a part, its share is all that is known.
  return {
    ...sum,
    isMore: after !== null,
    known,
    isLarge: sum.on * 20 > (after === null ? known : sum.people) || sum.off * 20 > sum.people,
  }
}

const TAKE = `
  INSERT INTO policy (one, version, document, taken_at, judged)
  SELECT 1, 1 + coalesce((SELECT version FROM policy), 0), ?1, ?2, ''
  WHERE coalesce(?3, (SELECT version FROM policy), 0) = coalesce((SELECT version FROM policy), 0)
  ON CONFLICT (one) DO UPDATE SET version = excluded.version, document = excluded.document, taken_at = excluded.taken_at, judged = ''`

/**
 * Puts a policy into force. Whoever bounces is judged by it from now on.
 *
 * @param expected the version that it replaces; null for any
 * @returns whether it did
 */
export async function putPolicy(
  { db }: Pick<Store, 'db'>,
  policy: Policy,
  expected: number | null,
  nowMs: number,
): Promise<boolean> {
  const { meta } = await db.prepare(TAKE).bind(JSON.stringify(policy), nowMs, expected).run()
  return meta.changes > 0
}

/** Judges those who were not yet judged by the policy in force. */
export async function judgeRest(
  store: Store,
  nowMs: number,
  mayGoOn: () => boolean,
): Promise<Effect & { readonly isDone: boolean }> {
  let { judged: after } = await readPolicyInForce(store)
  let sum = NOBODY
  while (after !== null && mayGoOn()) {
    const one: Step = await step(store, after, nowMs)
    sum = sumOf(sum, one)
    after = one.after
  }
  return { ...sum, isDone: after === null }
}

/** One person, as she is known now. */
export async function explainPerson(
  store: Store,
  person: string,
): Promise<Judged & { readonly policy: StoredPolicy }> {
  const asked = [{ person, isBounced: true }]
  const seen = seenOf(asked, await store.db.batch(seeStatements(store.db, asked)))
  const [judged] = await judgeAll(store.db, seen.stored.policy, seen.people)
  if (judged === undefined) throw new TypeError('a person who was asked for was not read')
  return { ...judged, policy: seen.stored }
}
