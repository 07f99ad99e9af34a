/**
 * From which networks a delivery was verified and accepted: what the object remembers of the minutes it has watched, and what the store received
 * that no minute was watched of. If that is not known, nobody may be blocked.
 */
import { type Network, overlaps, parseNetwork } from '../../platform/network.ts'
import { type ArrivalPosition, arrivalAt, readArrivals } from '../../store/arrival.ts'
import { afterRestore } from '../../store/restored.ts'
import type { Store } from '../../store/store.ts'
import type { WatchPosition } from '../incidents/tables.ts'
import { OTHER } from '../signals/forms.ts'
import type { Verified } from './verified-tables.ts'

export interface VerifiedDeps {
  /** Of the minutes that were watched. */
  readonly remembered: (sinceMinute: number) => Verified
  readonly store: Store
  /** Undefined before the first minute is watched. */
  readonly position: () => WatchPosition | undefined
  /** Since when something that was accepted waits to be stored; null if nothing is known to wait. */
  readonly queuedSinceMinute: (minute: number) => Promise<number | null>
}

export type VerifiedNetworks =
  | {
      readonly isKnown: true
      readonly networks: readonly Network[]
      /** Sources with such a delivery. */
      readonly sources: ReadonlySet<string>
    }
  /** Some networks may be missing. */
  | { readonly isKnown: false }

export type Verdict = 'free' | 'verified' | 'unknown'

/** If a message waits in the queue for longer, it is not in the store when that is read, and the networks are unknown. */
const QUEUE_MINUTES_MAX = 2

/** Events that are read from the store at most: more, and a call would last too long. */
const PAGE_EVENTS = 1_000
const PAGES_MAX = 20

const UNKNOWN: VerifiedNetworks = { isKnown: false }

/** @throws what a dependency throws */
export async function verifiedSince(
  deps: VerifiedDeps,
  sinceMinute: number,
  nowMs: number,
): Promise<VerifiedNetworks> {
  const nowMinute = Math.floor(nowMs / 60_000)
  const queued = await deps.queuedSinceMinute(nowMinute)
  if (queued !== null && nowMinute - queued > QUEUE_MINUTES_MAX) return UNKNOWN
  // Before the store is read: what is watched meanwhile is then read twice, and not never.
  const position = deps.position()
  const isWatched = position !== undefined && position.wholeSinceMinute <= sinceMinute
  const from = isWatched
    ? ((await afterRestore(deps.store, position.mark, position.arrival)) ?? position.arrival)
    : await arrivalAt(deps.store, sinceMinute * 60_000)
  const stored = await verifiedAfter(deps.store, from)
  if (stored === undefined) return UNKNOWN
  const remembered = deps.remembered(sinceMinute)
  if (remembered.networks.has(OTHER)) return UNKNOWN
  // An address that the edge did not know is in no network, and no block meets it.
  const networks = [...new Set([...stored.networks, ...remembered.networks])].flatMap(
    (text) => parseNetwork(text) ?? [],
  )
  return { isKnown: true, networks, sources: new Set([...stored.sources, ...remembered.sources]) }
}

/** Undefined if it is too much to read, or if something of it is gone. */
async function verifiedAfter(store: Store, from: ArrivalPosition): Promise<Verified | undefined> {
  const networks = new Set<string>()
  const sources = new Set<string>()
  let after = from
  for (let pages = 0; pages < PAGES_MAX; pages += 1) {
    const page = await readArrivals(store, { after, events: PAGE_EVENTS })
    if (page.gaps.length > 0) return undefined
    for (const { row } of page.arrivals) {
      sources.add(row.source)
      if (row.network !== null) networks.add(row.network)
    }
    if (page.isLast) return { networks, sources }
    after = page.next
  }
  return undefined
}

export function verdictOn(network: Network, verified: VerifiedNetworks): Verdict {
  if (!verified.isKnown) return 'unknown'
  return verified.networks.some((one) => overlaps(one, network)) ? 'verified' : 'free'
}
