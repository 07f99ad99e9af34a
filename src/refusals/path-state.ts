/**
 * Signs of life of the path: what gateways accepted, what the consumer stored, and the minutes of the watch. The refusal log keeps them, since
 * the gateway hosts it: it does not depend on the consumer, in which the watch and its channels live.
 */
export interface PathState {
  /** The last sign of a consumer that stored something; null before the first: nothing is judged until then. */
  readonly storedMs: number | null
  /** The first delivery that was accepted after that, and is still not known to be stored. */
  readonly pendingMs: number | null
  /** Why the consumer stores nothing, as it says itself; null if it stores. */
  readonly storeFault: string | null
  readonly watchMs: number | null
  /** The last nightly run. */
  readonly night: { readonly atMs: number; readonly failed: boolean } | null
  /** The problem that the console has told, and which channels have it. */
  readonly told: Told | null
}

export interface Told {
  readonly problem: PathProblem
  readonly sinceMs: number
  readonly channels: readonly string[]
}

export type Sign =
  | { readonly of: 'accepted'; readonly atMs: number }
  | { readonly of: 'stored'; readonly storeFault: string | null }
  /** With the time at which the latest event that it has read was stored: a sign of the consumer may be lost. */
  | { readonly of: 'watch'; readonly storedMs: number | null }
  | { readonly of: 'night'; readonly failed: boolean }
  | { readonly of: 'told'; readonly told: Told | null }

/** The most urgent first. They are in the answer of `GET /health`, and never change. */
export const PATH_PROBLEMS = [
  'consumer_silent',
  'store_refuses',
  'backlog',
  'watch_silent',
  'night_failed',
] as const
export type PathProblem = (typeof PATH_PROBLEMS)[number]

export const NO_SIGNS: PathState = {
  storedMs: null,
  pendingMs: null,
  storeFault: null,
  watchMs: null,
  night: null,
  told: null,
}

/** Gateways and consumers give a sign once a minute at most, so what is accepted within it may be stored without a sign. */
export const SIGN_EVERY_MS = 60_000
const UNSIGNED_MS = SIGN_EVERY_MS + 30_000

/** A batch is consumed within seconds. A batch that fails for a moment is tried again after ten. */
const PENDING_MAX_MS = 2 * 60_000
const BACKLOG_MAX_MS = 10 * 60_000
const WATCH_MAX_MS = 5 * 60_000
/** Each night, and two hours for a slow or late one. */
const NIGHT_MAX_MS = 26 * 3_600_000

export function withSign(state: PathState, sign: Sign, nowMs: number): PathState {
  const { storedMs, pendingMs } = state
  if (sign.of === 'watch') {
    const isStored = pendingMs !== null && sign.storedMs !== null && sign.storedMs >= pendingMs
    return { ...state, watchMs: nowMs, ...(isStored && { storedMs: sign.storedMs, pendingMs: null }) }
  }
  if (sign.of === 'night') return { ...state, night: { atMs: nowMs, failed: sign.failed } }
  if (sign.of === 'told') return { ...state, told: sign.told }
  if (sign.of === 'stored')
    return sign.storeFault === null
      ? { ...state, storedMs: nowMs, pendingMs: null, storeFault: null }
      : { ...state, storeFault: sign.storeFault }
  const isPending = storedMs !== null && sign.atMs > storedMs + UNSIGNED_MS
  return pendingMs === null && isPending ? { ...state, pendingMs: sign.atMs } : state
}

export interface FoundProblem {
  readonly problem: PathProblem
  readonly sinceMs: number
}

/**
 * The problems of the path, the most urgent first. A part that never gave a sign is not judged: it may be of a version before.
 *
 * @param oldestMs when the oldest message in the queue was sent; null if none waits, or that is not known
 */
export function pathProblems(state: PathState, oldestMs: number | null, nowMs: number): FoundProblem[] {
  const { pendingMs, storeFault, watchMs, night } = state
  const over = (problem: PathProblem, sinceMs: number | null, maxMs: number): FoundProblem[] =>
    sinceMs !== null && nowMs - sinceMs > maxMs ? [{ problem, sinceMs }] : []
  return [
    ...over(storeFault === null ? 'consumer_silent' : 'store_refuses', pendingMs, PENDING_MAX_MS),
    ...over('backlog', oldestMs, BACKLOG_MAX_MS),
    ...over('watch_silent', watchMs, WATCH_MAX_MS),
    ...over('night_failed', night?.atMs ?? null, night?.failed === true ? 0 : NIGHT_MAX_MS),
  ]
}
