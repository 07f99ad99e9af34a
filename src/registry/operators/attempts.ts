/**
 * Slows down guessing, across all isolates: wrong credentials are counted by the client's network and overall, in fixed
 * windows. Nobody is kept out by what others do: past the overall limit a network has one try left instead of many.
 */
import type { Knock } from './operators.ts'

const WINDOW_MS = 60_000

/** A person who mistypes needs few. Programs with an old token retry; they must not lock out their neighbours at once. */
const LIMITS: Readonly<Record<Knock['door'], number>> = { login: 10, api: 100 }

/** Past this many in a window, from wherever, each network has {@link LIMIT_IN_A_FLOOD}. */
const FLOOD = 200
const LIMIT_IN_A_FLOOD = 1

/** Networks that are remembered; past it the oldest is forgotten, so that the record stays small. */
const NETWORKS_MAX = 1_000

/** In a flood the record is written this often: what a stranger costs in rows is bounded by time. */
const SAVE_EVERY_MS = 2_000

interface Failures {
  count: number
  readonly untilMs: number
}

interface Saved {
  readonly overall: Failures
  readonly networks: readonly (readonly [key: string, failures: Failures])[]
}

export class FailedAttempts {
  readonly #kv: Pick<SyncKvStorage, 'get' | 'put'>
  readonly #networks: Map<string, Failures>
  #overall: Failures
  #savedMs = 0

  constructor(kv: Pick<SyncKvStorage, 'get' | 'put'>) {
    this.#kv = kv
    const saved = kv.get<Saved>('failed_attempts')
    this.#overall = saved?.overall ?? { count: 0, untilMs: 0 }
    this.#networks = new Map(saved?.networks)
  }

  /** Seconds until this client may try again; 0 when it may now. */
  waitSeconds({ client, door, atMs }: Knock): number {
    const known = this.#networks.get(`${door} ${client}`)
    if (known === undefined || known.untilMs <= atMs) return 0
    const flooded = this.#overall.untilMs > atMs && this.#overall.count >= FLOOD
    const limit = flooded ? LIMIT_IN_A_FLOOD : LIMITS[door]
    return known.count >= limit ? Math.ceil((known.untilMs - atMs) / 1000) : 0
  }

  failed({ client, door, atMs }: Knock): void {
    const key = `${door} ${client}`
    const known = this.#networks.get(key)
    const counted = oneMore(known, atMs)
    if (counted !== known) this.#networks.delete(key)
    this.#networks.set(key, counted)
    if (this.#networks.size > NETWORKS_MAX) this.#networks.delete(this.#networks.keys().next().value ?? key)
    this.#overall = oneMore(this.#overall, atMs)
    this.#save(atMs)
  }

  #save(atMs: number): void {
    if (this.#overall.count > FLOOD && Math.abs(atMs - this.#savedMs) < SAVE_EVERY_MS) return
    this.#savedMs = atMs
    const networks = [...this.#networks].filter(([, { untilMs }]) => untilMs > atMs)
    this.#kv.put('failed_attempts', { overall: this.#overall, networks } satisfies Saved)
  }
}

/** The same window with one more, or a new one. */
function oneMore(known: Failures | undefined, atMs: number): Failures {
  if (known === undefined || known.untilMs <= atMs) return { count: 1, untilMs: atMs + WINDOW_MS }
  known.count++
  return known
}
