/**
 * From which networks a delivery was verified and accepted: what the objects that watch sources remember, and what the store received
 * that no minute was watched of. If that is not known, nobody may be blocked.
 */
import { type Network, overlaps, parseNetwork } from '../../platform/network.ts'
import { type ArrivalPosition, arrivalAt, readArrivals } from '../../store/arrival.ts'
import type { Store } from '../../store/store.ts'
import type { WatchPosition } from '../incidents/tables.ts'
import { OTHER } from '../signals/bounded.ts'
import type { WatchedSource } from '../watchers/api.ts'

export interface VerifiedDeps {
  readonly sources: () => Promise<readonly WatchedSource[]>
  /** What the objects that watch these sources remember. */
  readonly remembered: (
    sources: readonly WatchedSource[],
    sinceMinute: number,
  ) => Promise<ReadonlySet<string>>
  readonly store: Store
  /** Undefined before the first minute is watched. */
  readonly position: () => WatchPosition | undefined
  /** Since when something that was accepted waits to be stored; null if nothing is known to wait. */
  readonly queuedSinceMinute: (minute: number) => Promise<number | null>
}

export type VerifiedNetworks =
  | { readonly isKnown: true; readonly networks: readonly Network[] }
  /** Some networks may be missing. */
  | { readonly isKnown: false }

export type Verdict = 'free' | 'verified' | 'unknown'

/** What waits in the queue for longer is not in the store when it is read. */
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
  // Before the watchers are asked: what is watched meanwhile is then read twice, and not never.
  const position = deps.position()
  const isWatched = position !== undefined && position.wholeSinceMinute <= sinceMinute
  const from = isWatched ? position.arrival : await arrivalAt(deps.store, sinceMinute * 60_000)
  const stored = await networksAfter(deps.store, from)
  if (stored === undefined) return UNKNOWN
  const remembered = await deps.remembered(await deps.sources(), sinceMinute)
  if (remembered.has(OTHER)) return UNKNOWN
  // An address that the edge did not know is in no network, and no block meets it.
  const networks = [...new Set([...stored, ...remembered])].flatMap((text) => parseNetwork(text) ?? [])
  return { isKnown: true, networks }
}

/** Undefined if it is too much to read, or if something of it is gone. */
async function networksAfter(store: Store, from: ArrivalPosition): Promise<Set<string> | undefined> {
  const networks = new Set<string>()
  let after = from
  for (let pages = 0; pages < PAGES_MAX; pages += 1) {
    const page = await readArrivals(store, { after, events: PAGE_EVENTS })
    if (page.gaps.length > 0) return undefined
    for (const { row } of page.arrivals) if (row.network !== null) networks.add(row.network)
    if (page.isLast) return networks
    after = page.next
  }
  return undefined
}

export function judge(verified: VerifiedNetworks, network: Network): Verdict {
  if (!verified.isKnown) return 'unknown'
  return verified.networks.some((one) => overlaps(one, network)) ? 'verified' : 'free'
}
