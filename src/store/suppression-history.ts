/** All that was ever reported of one address, by all sources, and who lifted it: a suppression itself has its first evidence only. */
import { CAUSES_OF_SENDER, type Cause } from '../event/cause/causes.ts'
import type { EventType } from '../event/mail-event.ts'
import { toInstant } from '../platform/time.ts'
import { listEvents } from './events.ts'
import { scopeIn, withoutScope } from './suppression-reasons.ts'
import type { Store } from './store.ts'
import type { StoredEvent } from './stored-event.ts'

export interface SuppressionHistory {
  /** Newest first. Bounces that are neither hard nor soft, and those whose cause is the sender's, never suppress, and are left out. */
  readonly evidence: readonly StoredEvent[]
  readonly liftings: readonly Lifting[]
}

export interface Lifting {
  readonly at: string
  /** The operator; null for one older than a restore or an import, and for a source. */
  readonly by: string | null
  /** The source whose `email.subscribed` lifted its own unsubscribes; null for an operator. */
  readonly source: string | null
  /** The mistaken reading, if a review lifted it. */
  readonly reading: string | null
  /** Null for all mail. */
  readonly scope: string | null
}

const EVIDENCE_TYPES: readonly EventType[] = ['email.bounced', 'email.spam_reported', 'email.unsubscribed']

/** Of each type. */
const EVIDENCE_MAX = 50

const LIFTINGS = `
  SELECT lifted_at, lifted_by, NULL AS source, ${scopeIn('reason')} AS scope FROM suppressions
  WHERE recipient = unhex(?1) AND lifted_at > 0
  UNION
  SELECT lifted_at, NULL, ${withoutScope('source')}, ${scopeIn('source')} FROM resubscribed WHERE recipient = unhex(?1)
  ORDER BY 1 DESC`

export async function suppressionHistory(
  store: Store,
  address: string,
  nowMs: number,
): Promise<SuppressionHistory> {
  const liftings = await liftingsOf(store, address)
  const evidence: StoredEvent[] = []
  // One type after the other: each page may be a few megabytes.
  for (const type of EVIDENCE_TYPES) {
    const { events } = await listEvents(
      store,
      { recipient: address, types: [type], limit: EVIDENCE_MAX },
      nowMs,
    )
    evidence.push(...events.filter(suppresses))
  }
  return {
    evidence: evidence.toSorted((a, b) => timeOf(b) - timeOf(a)),
    liftings,
  }
}

/** Newest first. */
export async function liftingsOf(store: Store, address: string): Promise<Lifting[]> {
  const { results } = await store.db
    .prepare(LIFTINGS)
    .bind(await store.people.indexOf(address))
    .all<Omit<Lifting, 'at' | 'by' | 'reading'> & { lifted_at: number; lifted_by: string | null }>()
  return results.map(({ lifted_at, lifted_by, ...lifting }) => {
    // A review names its reading behind the operator.
    const [by = null, reading = null] = lifted_by?.split(' ') ?? []
    return { at: toInstant(lifted_at), by, reading, ...lifting }
  })
}

const KINDS: ReadonlySet<string> = new Set(['hard', 'soft'])

/** As `consumer/handlers/` decides it. */
const suppresses = ({ bounce_type: kind, cause }: StoredEvent): boolean =>
  kind === null || (KINDS.has(kind) && !CAUSES_OF_SENDER.includes(cause as Cause))

const timeOf = ({ occurred_at, received_at }: StoredEvent): number => Date.parse(occurred_at ?? received_at)
