/**
 * The review of suppressions whose evidence was read wrongly (`providers/mended-readings.ts`): which there are, what today's reading says,
 * and whether other evidence holds them.
 */
import type { Finding, ReviewedSuppression } from '../api/suppression-review.ts'
import { MENDED_READINGS, type MendedReading, WISHES } from '../providers/mended-readings.ts'
import { toInstant } from '../platform/time.ts'
import { toCursor } from '../store/cursor.ts'
import { readHistory } from '../store/history.ts'
import { personalReader } from '../store/personal.ts'
import type { EventRow } from '../store/stored-event.ts'
import {
  EVIDENCE_MAX,
  type ReviewedRow,
  endsOfMessages,
  liftEntries,
  positionOf,
  reviewedOf,
  reviewedPage,
  suppressingEvents,
} from '../store/suppression-review.ts'
import { note } from './note.ts'
import type { RequestContext } from './request-context.ts'

/** Entries that one call looks at. */
export const LOOKED_AT_MAX = 1_000
/** Entries that one call lists, with all their evidence. */
const LISTED_MAX = 100

type Context = Pick<RequestContext, 'store' | 'registry'>

interface PageQuery {
  readonly limit: number
  readonly cursor?: string | undefined
  /** The name of the one reading that is asked for. */
  readonly only?: string | undefined
  readonly wishes: boolean
}

/** One page. It can be empty and have a next one. */
export async function reviewPage(context: Context, { limit, cursor, only, wishes }: PageQuery) {
  const { rows, next_cursor } = await reviewedPage(context.store, cursor, LOOKED_AT_MAX)
  const providers = await providersOf(context)
  const concerned = rows.filter(({ source, reason, native_type }) =>
    MENDED_READINGS.some((one) => concerns(one, providers.get(source), reason, native_type)),
  )
  const listed = concerned.slice(0, Math.min(limit, LISTED_MAX))
  const last = listed.length < concerned.length ? listed.at(-1) : undefined
  const found = (await review(context, listed, providers, wishes)).map(({ shown }) => shown)
  return {
    suppressions: found.filter(({ reading }) => (only ?? reading) === reading),
    next_cursor: last === undefined ? next_cursor : toCursor(positionOf(last)),
  }
}

/**
 * Lifts those of the entries that a new review finds to be mistaken. Each call has a line in the audit log, and each address has in its
 * history by whom and by which reading.
 */
export async function liftReviewed(
  context: RequestContext,
  entries: readonly { readonly address: string; readonly reason: string; readonly asOfMs: number }[],
  wishes: boolean,
): Promise<number> {
  const { store, who, nowMs } = context
  const seen = entries.map(async ({ address, reason, asOfMs }) => ({
    recipient: await store.people.indexOf(address),
    reason,
    asOfMs,
  }))
  const rows = await reviewedOf(store, await Promise.all(seen))
  const mistaken = (await review(context, rows, await providersOf(context), wishes)).filter(
    ({ shown }) => shown.finding === 'mistaken',
  )
  if (mistaken.length === 0) return 0
  const byReading = Map.groupBy(mistaken, ({ shown }) => shown.reading)
  const readings = Object.fromEntries([...byReading].map(([name, { length }]) => [name, length]))
  const before = { count: mistaken.length, readings }
  await note(context, 'suppressions.reviewed', 'suppressions', null, before)
  const lifted = mistaken.map(({ row: { recipient, reason, as_of: asOfMs }, shown }) => ({
    recipient,
    reason,
    asOfMs,
    by: `${who.actor} ${shown.reading}`,
  }))
  return liftEntries(store, lifted, nowMs)
}

type Providers = ReadonlyMap<string, string>

const providersOf = async ({ registry }: Context): Promise<Providers> =>
  new Map((await registry.sources.list()).map(({ name, config }) => [name, config.provider]))

/** @param provider undefined of a source that was removed: its events say it */
const concerns = (
  reading: MendedReading,
  provider: string | undefined,
  reason: string,
  nativeType: string,
): boolean =>
  (provider ?? reading.provider) === reading.provider &&
  reading.reasons.includes(reason) &&
  reading.nativeType.test(nativeType)

const REASONS: ReadonlyMap<string, string> = new Map([
  ['email.bounced', 'hard_bounce'],
  ['email.spam_reported', 'spam_report'],
  ['email.unsubscribed', 'unsubscribe'],
])

/** Reviews entries together: three queries, however many there are. */
async function review(
  { store }: Context,
  rows: readonly ReviewedRow[],
  providers: Providers,
  wishes: boolean,
): Promise<{ readonly row: ReviewedRow; readonly shown: ReviewedSuppression }[]> {
  const events = await suppressingEvents(store, [...new Set(rows.map(({ recipient }) => recipient))])
  const messages = await endsOfMessages(store, [...new Set(events.flatMap((one) => one.message_id ?? []))])
  const { beforeMs } = await readHistory(store)
  const personal = personalReader(store)
  const byPerson = Map.groupBy(events, ({ recipient }) => recipient)
  const byMessage = Map.groupBy(messages, ({ source, message_id: id }) => `${source} ${id}`)

  /** @param event the event itself, if it is stored; the row has a copy */
  async function judged(reason: string, row: ReviewedRow | EventRow, event: EventRow | undefined) {
    const { reason: text = null, tags = [], metadata = {} } = await personal(row)
    const provider = event?.provider ?? providers.get(row.source) ?? null
    const sameMessage =
      event === undefined ? [] : (byMessage.get(`${event.source} ${event.message_id}`) ?? [])
    const verdict = MENDED_READINGS.filter((one) => concerns(one, provider ?? '', reason, row.native_type))
      .map((reading) => ({
        reading,
        today: reading.today({ text: text ?? '', tags, metadata, event, sameMessage }),
      }))
      .find(({ today }) => today !== undefined)
    return { provider, text, verdict }
  }

  async function isMistaken(reason: string, event: EventRow): Promise<boolean> {
    const today = (await judged(reason, event, event)).verdict?.today ?? null
    return today !== null && (wishes || !mayBeWish(reason, today))
  }

  const reviewed = rows.map(async (row) => {
    const { recipient, reason, event_id, since, as_of: asOf, source, native_type } = row
    const ofReason = (byPerson.get(recipient) ?? []).filter(({ type }) => REASONS.get(type) === reason)
    const event = ofReason.find((one) => one.event_id === event_id)
    const { provider, text, verdict } = await judged(reason, row, event)
    const person = await store.people.find(recipient, row.wrapped_key)
    if (verdict === undefined || person === undefined) return []

    const others = ofReason.filter((one) => one.event_id !== event_id && one.occurred_at >= since)
    const mistaken = await Promise.all(others.map((one) => isMistaken(reason, one)))
    const holding = others.find((_, i) => mistaken[i] === false)
    const newest = Math.max(since, ...others.map((one) => one.occurred_at))
    // Old events go first: while the first evidence is stored, so is all that is newer.
    const isComplete = asOf === since || (event !== undefined && beforeMs < since && newest === asOf)
    const today = verdict.today ?? null
    const finding = ((): Finding => {
      if (today === null) return 'unknown'
      if (reason === 'unsubscribe') return 'by_hand'
      if (holding !== undefined) return 'held'
      if (!isComplete || ofReason.length === EVIDENCE_MAX) return 'incomplete'
      return wishes || !mayBeWish(reason, today) ? 'mistaken' : 'wish'
    })()
    const shown = {
      address: person.address,
      reason,
      since: toInstant(since),
      as_of: toInstant(asOf),
      source,
      provider,
      native_type,
      evidence: text,
      event_id,
      reading: verdict.reading.name,
      why: verdict.reading.why,
      today,
      finding,
      held_by: holding?.event_id ?? null,
    }
    return [{ row, shown }]
  })
  return (await Promise.all(reviewed)).flat()
}

/** Whether the person may have complained or left all the same. */
const mayBeWish = (reason: string, today: string): boolean => reason === 'spam_report' || WISHES.has(today)
