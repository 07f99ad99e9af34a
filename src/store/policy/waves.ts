/**
 * Sudden waves of `no_mailbox` at one mailbox provider. Gmail refused valid addresses as unknown from 14 to 16 December 2020
 * (news.ycombinator.com, item 25436062), and every list lost them for good. Five times the usual share and twenty bounces in an hour are a judgment.
 */
import { DAY_MS, HOUR_MS } from '../../platform/time.ts'
import { VALUE_MARK } from '../deliverability.ts'
import type { Store } from '../store.ts'
import { type PersonFound, STEP_PEOPLE, judgeSome, lastOf } from './take.ts'

const BOUNCES_MIN = 20
const TIMES_USUAL = 5
/** Days, and deliveries and bounces at least, by which it is known what is usual. */
const USUAL_DAYS = 14
const USUAL_EVENTS_MIN = 200
/** A share below is noise: a wave has five times as much. */
const USUAL_MIN = 0.004

/** An hour of a wave. */
export interface Wave {
  readonly provider: string
  /** In hours since the epoch. */
  readonly hour: number
  readonly bounces: number
  /** About so many deliveries and bounces. */
  readonly events: number
  readonly usual: number
}

/** Bound to the hour before. */
const CANDIDATES = `
  SELECT v.mailbox_provider AS provider, v.occurred_at / ${HOUR_MS} AS hour, count(*) AS bounces
  FROM evidence v WHERE v.mailbox_provider IS NOT NULL AND v.occurred_at >= ?1 * ${HOUR_MS}
    AND NOT EXISTS (
      SELECT 1 FROM mailbox_waves w WHERE w.mailbox_provider = v.mailbox_provider AND w.hour = v.occurred_at / ${HOUR_MS})
  GROUP BY 1, 2 HAVING count(*) >= ${BOUNCES_MIN}`

const ENDED = `('email.delivered', 'email.bounced')`

/** SQL: deliveries and bounces of days at the provider ?1. */
const endedAtProvider = (days: string): string => `
  (SELECT coalesce(sum(t.value), 0) FROM deliverability d CROSS JOIN json_each(d.counts -> 'mailbox_provider' -> ('${VALUE_MARK}' || ?1)) t
   WHERE d.day ${days} AND t.key IN ${ENDED})`

/** SQL: deliveries and bounces of hours, at all providers. */
const endedIn = (hours: string): string => `
  (SELECT coalesce(sum(t.value), 0) FROM (SELECT DISTINCT source FROM deliverability WHERE day = ?3) s
   CROSS JOIN counters c ON c.source = s.source AND c.hour ${hours} CROSS JOIN json_each(c.counts) t WHERE t.key IN ${ENDED})`

/** Bound to the provider, the hour and its day. Of its mail, an hour is taken to have the part that it has of all mail of the day. */
const SHARES = `
  SELECT ${endedAtProvider('= ?3')} AS today, ${endedIn('= ?2')} AS inHour, ${endedIn('BETWEEN ?3 * 24 AND ?3 * 24 + 23')} AS inDay,
    ${endedAtProvider(`BETWEEN ?3 - ${USUAL_DAYS} AND ?3 - 1`)} AS usualEvents,
    (SELECT count(*) FROM evidence WHERE mailbox_provider = ?1
       AND occurred_at >= (?3 - ${USUAL_DAYS}) * ${DAY_MS} AND occurred_at < ?3 * ${DAY_MS}) AS usualBounces`

interface Shares {
  readonly today: number
  readonly inHour: number
  readonly inDay: number
  readonly usualEvents: number
  readonly usualBounces: number
}

const ADD = `
  INSERT INTO mailbox_waves (mailbox_provider, hour, bounces, events, usual_share, found_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
  ON CONFLICT DO NOTHING`

/** Finds waves of this hour and the one before, and makes the entries of their bounces provisional, some thousand people at a time. */
export async function findWaves(store: Store, nowMs: number): Promise<void> {
  const { db } = store
  const candidates = db.prepare(CANDIDATES).bind(Math.floor(nowMs / HOUR_MS) - 1)
  for (const found of (await candidates.all<Pick<Wave, 'provider' | 'hour' | 'bounces'>>()).results) {
    const { provider, hour, bounces } = found
    const shares = await db
      .prepare(SHARES)
      .bind(provider, hour, Math.floor(hour / 24))
      .first<Shares>()
    const wave = shares === null ? undefined : waveOf(found, shares)
    if (wave !== undefined)
      await db.prepare(ADD).bind(provider, hour, bounces, wave.events, wave.usual, nowMs).run()
  }
  await judgeWaves(store, nowMs)
}

/** Whether the hour has a wave. */
export function waveOf(
  { provider, hour, bounces }: Pick<Wave, 'provider' | 'hour' | 'bounces'>,
  { today, inHour, inDay, usualEvents, usualBounces }: Shares,
): Wave | undefined {
  const events = Math.max(bounces, Math.round(inDay === 0 ? today : (today * inHour) / inDay))
  const usual = Math.max(USUAL_MIN, usualBounces / usualEvents)
  const isWave = usualEvents >= USUAL_EVENTS_MIN && bounces / events >= TIMES_USUAL * usual
  return isWave ? { provider, hour, bounces, events, usual } : undefined
}

const STEPS_MAX = 40

const OPEN = 'SELECT mailbox_provider AS provider, hour, judged FROM mailbox_waves WHERE judged IS NOT NULL'

const PEOPLE = `
  SELECT DISTINCT lower(hex(recipient)) AS person FROM evidence
  WHERE mailbox_provider = ?1 AND occurred_at >= ?2 * ${HOUR_MS} AND occurred_at < (?2 + 1) * ${HOUR_MS} AND recipient > unhex(?3)
  ORDER BY recipient LIMIT ${STEP_PEOPLE}`

/** People who bounced before the wave was found. Who bounces later is judged with the wave. */
async function judgeWaves(store: Store, nowMs: number): Promise<void> {
  const { db } = store
  const open = await db
    .prepare(OPEN)
    .bind()
    .all<Pick<Wave, 'provider' | 'hour'> & { readonly judged: string }>()
  for (const { provider, hour, judged } of open.results) {
    let after: string | null = judged
    for (let steps = 0; after !== null && steps < STEPS_MAX; steps++) {
      const page = await db.prepare(PEOPLE).bind(provider, hour, after).all<PersonFound>()
      const last = lastOf(page.results)
      const reached = () =>
        db
          .prepare(`UPDATE mailbox_waves SET judged = ?1 WHERE mailbox_provider = ?2 AND hour = ?3`)
          .bind(last, provider, hour)
      await judgeSome(store, page.results, nowMs, reached)
      after = last
    }
  }
}

const SINCE = `
  SELECT mailbox_provider AS provider, hour, bounces, events, usual_share AS usual FROM mailbox_waves WHERE hour >= ?1 ORDER BY hour`

/** Waves of an hour and of those after it. */
export const wavesSince = async ({ db }: Pick<Store, 'db'>, hour: number): Promise<readonly Wave[]> =>
  (await db.prepare(SINCE).bind(hour).all<Wave & Record<string, unknown>>()).results
