/** The expected effects of a set of events, computed from all of them at once, in any order. */
import type { EventType, MailEvent } from '../../src/event/mail-event.ts'

const HOUR_MS = 3_600_000
const SPAN_MS = 30 * 24 * HOUR_MS
const SOFT_MAX = 5

/** For events of the same millisecond; negative: never overrides. */
const RANKS: Partial<Record<EventType, number>> = {
  'email.unknown': -1,
  'email.sent': 1,
  'email.deferred': 2,
  'email.delivered': 3,
  'email.bounced': 6,
  'email.opened': 7,
  'email.clicked': 8,
  'email.subscribed': 9,
  'email.unsubscribed': 10,
  'email.spam_reported': 11,
}

/** The reported time. If there is none, or it is more than five minutes after the receipt, the time of receipt. */
export function timeOf({ occurred_at, received_at }: MailEvent): number {
  const [ownMs, receivedMs] = [Date.parse(occurred_at ?? ''), Date.parse(received_at)]
  return ownMs > 0 && ownMs - receivedMs <= 5 * 60_000 ? ownMs : receivedMs
}

const byTime = (a: MailEvent, b: MailEvent): number => timeOf(a) - timeOf(b) || (a.id < b.id ? -1 : 1)

export function expectedCounts(events: readonly MailEvent[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const event of events) {
    const key = `${event.source} ${Math.floor(timeOf(event) / HOUR_MS)} ${event.type}`
    counts[key] = (counts[key] ?? 0) + 1
  }
  return counts
}

/** Newest event by message and recipient. */
export function expectedStates(events: readonly MailEvent[]): Record<string, string> {
  const rank = ({ type }: MailEvent) => RANKS[type] ?? 0
  const isNewer = (a: MailEvent, b: MailEvent): boolean => {
    if (rank(a) < 0 !== rank(b) < 0) return rank(b) < 0
    return timeOf(a) - timeOf(b) || rank(a) - rank(b)
      ? (timeOf(a) - timeOf(b) || rank(a) - rank(b)) > 0
      : a.id > b.id
  }
  const newest = new Map<string, MailEvent>()
  for (const event of events) {
    if (event.message_id === null) continue
    const key = `${event.message_id} ${event.source} ${event.recipient}`
    const known = newest.get(key)
    if (known === undefined || isNewer(event, known)) newest.set(key, event)
  }
  return Object.fromEntries([...newest].map(([key, event]) => [key, event.id]))
}

/** The times at which all known evidence was lifted by hand, by person, and by person and scope as {@link liftingOf} joins them. */
export type Liftings = ReadonlyMap<string, number>

export const liftingOf = (person: string, scope: string | null): string =>
  scope === null ? person : `${person} ${scope}`

/** `reason since-in-ms event id` of each active reason of a person. Behind the reason stands its scope. */
export function expectedReasons(
  all: readonly MailEvent[],
  person: string,
  liftings: Liftings = new Map(),
): string[] {
  const liftedMs = liftings.get(person) ?? 0
  const events = all.filter(({ recipient }) => recipient === person).sort(byTime)
  const since = (fromMs: number, isEvidence: (event: MailEvent) => boolean) =>
    events.find((event) => isEvidence(event) && timeOf(event) >= fromMs)
  const scopeOf = ({ scope = null }: MailEvent) => scope
  const subscribedMs = (of: MailEvent) =>
    Math.max(
      0,
      ...events
        .filter((e) => e.type === 'email.subscribed' && e.source === of.source && scopeOf(e) === scopeOf(of))
        .map(timeOf),
    )
  const unsubscribes = [...new Set(events.map(scopeOf))].map(
    (scope) =>
      [
        scope === null ? 'unsubscribe' : `unsubscribe:${scope}`,
        since(
          liftings.get(liftingOf(person, scope)) ?? 0,
          (e) => e.type === 'email.unsubscribed' && scopeOf(e) === scope && timeOf(e) >= subscribedMs(e),
        ),
      ] as const,
  )
  const countsOn = events.filter((event) => timeOf(event) >= liftedMs)
  const found = {
    hard_bounce: since(liftedMs, (e) => e.type === 'email.bounced' && e.bounce_type === 'hard'),
    spam_report: since(liftedMs, (e) => e.type === 'email.spam_reported'),
    soft_bounces: [...new Set(countsOn.map(({ source }) => source))]
      .flatMap((source) => completesRun(countsOn.filter((event) => event.source === source)) ?? [])
      .sort(byTime)[0],
  }
  return [...Object.entries(found), ...unsubscribes]
    .flatMap(([reason, event]) => (event === undefined ? [] : [`${reason} ${timeOf(event)} ${event.id}`]))
    .sort()
}

/** The first soft bounce that is the fifth in a row within thirty days. A delivery of the same time came before. */
function completesRun(events: readonly MailEvent[]): MailEvent | undefined {
  const isDelivery = ({ type }: MailEvent) => type === 'email.delivered'
  const history = events
    .filter((e) => isDelivery(e) || (e.type === 'email.bounced' && e.bounce_type === 'soft'))
    .sort((a, b) => timeOf(a) - timeOf(b) || Number(isDelivery(b)) - Number(isDelivery(a)) || byTime(a, b))
  let run: MailEvent[] = []
  for (const event of history) {
    run = isDelivery(event) ? [] : [...run, event].slice(-SOFT_MAX)
    const [first] = run
    if (run.length === SOFT_MAX && first !== undefined && timeOf(event) - timeOf(first) <= SPAN_MS)
      return event
  }
  return undefined
}
