/** Judges the people of a transaction by the suppression policy: those who bounced, and those with an entry to whom mail was delivered. */
import { CAUSES_OF_SENDER, type Cause } from '../event/cause/causes.ts'
import type { MailEvent } from '../event/mail-event.ts'
import { HOUR_MS } from '../platform/time.ts'
import type { Bounce, BounceReason } from '../store/policy/judge.ts'
import {
  type AskedPerson,
  type DeliveryOf,
  type Judged,
  type Seen,
  judgeAll,
  withBounces,
} from '../store/policy/people.ts'
import { type EventToStore, textIn } from '../store/stored-event.ts'

/** The people to read. @param indexes blind indexes by address */
export function askedPeople(
  events: readonly MailEvent[],
  indexes: ReadonlyMap<string, string>,
): readonly AskedPerson[] {
  const asked = new Map<string, AskedPerson>()
  for (const { type, recipient } of events) {
    const person = indexes.get(recipient ?? '')
    if (person === undefined || (type !== 'email.bounced' && type !== 'email.delivered')) continue
    const isBounced = type === 'email.bounced' || asked.get(person)?.isBounced === true
    asked.set(person, { person, isBounced })
  }
  return [...asked.values()]
}

/** Judges them with the events that the transaction stores. Copies of stored events change nothing. */
export function judgePeople(
  db: D1Database,
  events: readonly EventToStore[],
  { stored, people, missingUntilMs, waves }: Seen,
): Promise<readonly Judged[]> {
  const bounces = Map.groupBy(
    events.flatMap((event) => bounceOf(event, missingUntilMs, waves) ?? []),
    ({ person }) => person,
  )
  const deliveries = events.flatMap((event): readonly DeliveryOf[] =>
    textIn(event, 'type') === 'email.delivered'
      ? [
          {
            person: textIn(event, 'recipient') ?? '',
            source: textIn(event, 'source') ?? '',
            atMs: event.atMs,
          },
        ]
      : [],
  )
  const known = new Set(people.map(({ person }) => person))
  return judgeAll(
    db,
    stored.policy,
    people.map((seen) => withBounces(seen, bounces.get(seen.person) ?? [])),
    deliveries.filter(({ person }) => known.has(person)),
  )
}

const REASONS: Readonly<Record<string, BounceReason>> = { hard: 'hard_bounce', soft: 'soft_bounces' }

/** As `handlers/bounces.ts` keeps it. */
function bounceOf(
  event: EventToStore,
  missingUntilMs: number,
  waves: ReadonlySet<string>,
): (Bounce & { readonly person: string }) | null {
  const person = textIn(event, 'recipient')
  const reason = REASONS[textIn(event, 'bounce_type') ?? '']
  const cause = textIn(event, 'cause') as Cause | null
  if (person === null || reason === undefined || textIn(event, 'type') !== 'email.bounced') return null
  if (cause !== null && CAUSES_OF_SENDER.includes(cause)) return null
  if (reason === 'soft_bounces' && event.atMs <= missingUntilMs) return null
  const { id, atMs } = event
  const source = textIn(event, 'source') ?? ''
  const isOfWave =
    cause === 'no_mailbox' &&
    reason === 'hard_bounce' &&
    waves.has(`${event.mailboxProvider ?? ''} ${Math.floor(atMs / HOUR_MS)}`)
  return { person, id, atMs, source, reason, cause, message: textIn(event, 'message_id'), isOfWave }
}
