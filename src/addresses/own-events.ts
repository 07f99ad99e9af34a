/** Own events of addresses: bounces, complaints and deliveries, and what was imported in place of them. */
import type { Cause } from '../event/cause/causes.ts'
import { DAY_MS } from '../platform/time.ts'
import { deliveriesTo } from '../store/policy/people.ts'
import type { Store } from '../store/store.ts'
import { isInForce } from '../store/suppressions.ts'
import { type Checked, NO_EVENTS, type OwnEvents } from './verdict.ts'

/** Deliveries are searched for in events: older ones prove nothing. */
const DELIVERIES_DAYS = 30

/** The newest of a reason. No bounce of which the sender is the cause is evidence. An entry of the suppression list may have come by an import, without its bounce. */
const newest = (reason: string): string => `(
  SELECT json_array(at_ms, cause) FROM (
    SELECT v.occurred_at AS at_ms, v.cause FROM evidence v
    WHERE v.recipient = a.recipient AND v.reason = '${reason}' AND v.lifted IS NULL
    UNION ALL SELECT s.as_of, NULL FROM suppressions s
    WHERE s.recipient = a.recipient AND s.reason = '${reason}' AND s.active AND ${isInForce('s', '?2')})
  ORDER BY at_ms DESC, cause IS NULL LIMIT 1)`

const READ = `
  SELECT lower(hex(a.recipient)) AS person, ${newest('hard_bounce')} AS bounce, ${newest('spam_report')} AS complaint
  FROM (SELECT unhex(value) AS recipient FROM json_each(?1)) a`

interface Row {
  readonly person: string
  readonly bounce: string | null
  readonly complaint: string | null
}

/** @param kept verdicts by blind index: a delivery that is newer than an undeliverable one counts, too */
export async function readOwnEvents(
  store: Store,
  people: readonly string[],
  kept: ReadonlyMap<string, Checked>,
  nowMs: number,
): Promise<ReadonlyMap<string, OwnEvents>> {
  const { results } = await store.db.prepare(READ).bind(JSON.stringify(people), nowMs).all<Row>()
  const searched = people.map((person) => {
    const { verdict, checkedAtMs = 0 } = kept.get(person) ?? {}
    const recentMs = nowMs - DELIVERIES_DAYS * DAY_MS
    return [person, verdict === 'undeliverable' ? Math.min(checkedAtMs, recentMs) : recentMs] as const
  })
  const deliveries = Map.groupBy(await deliveriesTo(store.db, searched), ({ person }) => person)
  return new Map(
    results.map(({ person, bounce, complaint }): [string, OwnEvents] => {
      const [atMs, cause] = pairIn(bounce)
      const delivered = (deliveries.get(person) ?? []).map((one) => one.atMs)
      return [
        person,
        {
          ...NO_EVENTS,
          bounce: atMs === null ? null : { atMs, cause },
          complainedAtMs: pairIn(complaint)[0],
          deliveredAtMs: delivered.length === 0 ? null : Math.max(...delivered),
        },
      ]
    }),
  )
}

const pairIn = (json: string | null) =>
  json === null ? ([null, null] as const) : (JSON.parse(json) as readonly [number, Cause | null])
