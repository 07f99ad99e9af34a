/**
 * Slows down guessing, across all isolates. Wrong credentials are counted in fixed windows: by the client's network, by the site
 * around it, and overall. The last two hold for strangers alone: a network from which the admin token was right lately is slowed
 * down by nobody else.
 */
import { SITE_BITS, networkAround } from '../../platform/network.ts'
import type { LoginAttempt } from './operators.ts'

const WINDOW_MS = 60_000

type Limits = Readonly<Record<LoginAttempt['door'], number>>

/** A person who mistypes needs few. Programs with an old token retry; they must not lock out their neighbours at once. */
const OF_A_CLIENT: Limits = { login: 10, api: 100 }

/** Of a /24 or /48: larger, since neighbors share it; bounded, since one attacker can hold all of it. */
const OF_A_SITE: Limits = { login: 30, api: 200 }

/** Of all strangers: what guesses a minute there are in all, from however many networks. */
const OF_ALL: Limits = { login: 200, api: 500 }

/** Networks that are remembered; past it the oldest is forgotten, so that the record stays small. The overall count holds. */
const NETWORKS_MAX = 1_000

/** In a flood the record is written this often: what a stranger costs in rows is bounded by time. */
const SAVE_EVERY_MS = 2_000
/** Failures of a window that are each written at once. */
const SAVED_AT_ONCE = 100

const DAY_MS = 86_400_000
const FAMILIAR_FOR_MS = 30 * DAY_MS
/** The admin token is held by few. */
const FAMILIAR_MAX = 100

interface Failures {
  count: number
  readonly untilMs: number
}

interface Saved {
  readonly byDoor: readonly (readonly [door: string, failures: Failures])[]
  readonly networks: readonly (readonly [key: string, failures: Failures])[]
}

export class FailedAttempts {
  readonly #kv: Pick<SyncKvStorage, 'get' | 'put'>
  readonly #networks: Map<string, Failures>
  readonly #byDoor: Map<string, Failures>
  /** When the admin token was last right, by network; to the day. */
  readonly #familiarAtMs: Map<string, number>
  #savedMs = 0

  constructor(kv: Pick<SyncKvStorage, 'get' | 'put'>) {
    this.#kv = kv
    const saved = kv.get<Saved>('failed_attempts')
    this.#byDoor = new Map(saved?.byDoor)
    this.#networks = new Map(saved?.networks)
    this.#familiarAtMs = new Map(kv.get<[string, number][]>('familiar_networks'))
  }

  /** Seconds until this client may try again; 0 when it may now. */
  waitSeconds(attempt: LoginAttempt): number {
    const { door, atMs } = attempt
    const own = this.ownWaitSeconds(attempt)
    if (this.#isFamiliar(attempt)) return own
    const ofSite = secondsOver(this.#networks.get(siteKey(attempt)), OF_A_SITE[door], atMs)
    const ofAll = secondsOver(this.#byDoor.get(door), OF_ALL[door], atMs)
    return Math.max(own, ofSite, ofAll)
  }

  /** The same, by what came from its own network alone. */
  ownWaitSeconds(attempt: LoginAttempt): number {
    return secondsOver(this.#networks.get(clientKey(attempt)), OF_A_CLIENT[attempt.door], attempt.atMs)
  }

  failed(attempt: LoginAttempt): void {
    const { door, atMs } = attempt
    this.#count(clientKey(attempt), atMs)
    if (!this.#isFamiliar(attempt)) {
      this.#count(siteKey(attempt), atMs)
      this.#byDoor.set(door, oneMore(this.#byDoor.get(door), atMs))
    }
    this.#save(attempt)
  }

  /** The admin token was right from there. */
  succeeded({ client, atMs }: LoginAttempt): void {
    if (Math.abs(atMs - (this.#familiarAtMs.get(client) ?? 0)) < DAY_MS) return
    this.#familiarAtMs.delete(client)
    this.#familiarAtMs.set(client, atMs)
    dropOldest(this.#familiarAtMs, FAMILIAR_MAX)
    const lately = [...this.#familiarAtMs].filter(([, lastMs]) => atMs - lastMs < FAMILIAR_FOR_MS)
    this.#kv.put('familiar_networks', lately)
  }

  #isFamiliar({ client, atMs }: LoginAttempt): boolean {
    return atMs - (this.#familiarAtMs.get(client) ?? 0) < FAMILIAR_FOR_MS
  }

  #count(key: string, atMs: number): void {
    const known = this.#networks.get(key)
    const counted = oneMore(known, atMs)
    if (counted !== known) this.#networks.delete(key)
    this.#networks.set(key, counted)
    dropOldest(this.#networks, NETWORKS_MAX)
  }

  #save({ door, atMs }: LoginAttempt): void {
    const flooded = (this.#byDoor.get(door)?.count ?? 0) > SAVED_AT_ONCE
    if (flooded && Math.abs(atMs - this.#savedMs) < SAVE_EVERY_MS) return
    this.#savedMs = atMs
    const networks = [...this.#networks].filter(([, { untilMs }]) => untilMs > atMs)
    this.#kv.put('failed_attempts', { byDoor: [...this.#byDoor], networks } satisfies Saved)
  }
}

const clientKey = ({ client, door }: LoginAttempt): string => `${door} ${client}`
const siteKey = ({ client, door }: LoginAttempt): string =>
  `${door} site ${networkAround(client, SITE_BITS) ?? client}`

/** Seconds until the window is over, where its limit is reached; else 0. */
const secondsOver = (known: Failures | undefined, limit: number, atMs: number): number =>
  known !== undefined && known.untilMs > atMs && known.count >= limit
    ? Math.ceil((known.untilMs - atMs) / 1000)
    : 0

/** The same window with one more, or a new one. */
function oneMore(known: Failures | undefined, atMs: number): Failures {
  if (known === undefined || known.untilMs <= atMs) return { count: 1, untilMs: atMs + WINDOW_MS }
  known.count++
  return known
}

function dropOldest(map: Map<string, unknown>, max: number): void {
  const [oldest] = map.keys()
  if (map.size > max && oldest !== undefined) map.delete(oldest)
}
