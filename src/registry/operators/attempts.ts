/**
 * Slows down guessing of credentials, across all isolates. Wrong credentials are counted in fixed windows: by the client's
 * network, by the site around it, and overall. Trusted networks are exempt from the last two: those from which the admin token was
 * right in the last 30 days.
 */
import { dropOldest } from '../../platform/bounded-map.ts'
import { SITE_BITS, networkAround } from '../../platform/network.ts'
import type { LoginAttempt } from './operator.ts'
import { DAY_MS } from '../../platform/time.ts'

const WINDOW_MS = 60_000

type Limits = Readonly<Record<LoginAttempt['channel'], number>>

/** A person who mistypes needs few attempts. Programs with an old token retry, and must not lock out their neighbors at once. */
const CLIENT_LIMITS: Limits = { login: 10, api: 100 }

/** Of a /24 or /48. Larger, since neighbors share it; limited, since one attacker can own all of it. */
const SITE_LIMITS: Limits = { login: 30, api: 200 }

/** Of all networks that are not trusted, together. */
const TOTAL_LIMITS: Limits = { login: 200, api: 500 }

/** Networks that are counted; the oldest is deleted first. The overall count does not depend on it. */
const NETWORKS_MAX = 1_000

/** In a flood the counts are written this often, so that an attacker cannot cause more writes than that. */
const SAVE_EVERY_MS = 2_000
/** So many failures of a window are each written immediately; more are a flood. */
const FLOOD_FAILURES = 100

const TRUSTED_FOR_MS = 30 * DAY_MS
/** Few people have the admin token. */
const TRUSTED_MAX = 100

interface Failures {
  count: number
  readonly untilMs: number
}

interface Saved {
  readonly byChannel: readonly (readonly [channel: string, failures: Failures])[]
  readonly networks: readonly (readonly [key: string, failures: Failures])[]
}

export class FailedAttempts {
  readonly #kv: Pick<SyncKvStorage, 'get' | 'put'>
  readonly #networks: Map<string, Failures>
  readonly #byChannel: Map<string, Failures>
  /** When the admin token was last right, by network. Precise to a day. */
  readonly #trustedAtMs: Map<string, number>
  #savedMs = 0

  constructor(kv: Pick<SyncKvStorage, 'get' | 'put'>) {
    this.#kv = kv
    const saved = kv.get<Saved>('failed_attempts')
    this.#byChannel = new Map(saved?.byChannel)
    this.#networks = new Map(saved?.networks)
    this.#trustedAtMs = new Map(kv.get<[string, number][]>('trusted_networks'))
  }

  /** Seconds until this client may try again; 0 for now. */
  waitSeconds(attempt: LoginAttempt): number {
    const { channel, atMs } = attempt
    const clientSeconds = this.ownWaitSeconds(attempt)
    if (this.#isTrusted(attempt)) return clientSeconds
    const siteSeconds = remainingSeconds(this.#networks.get(siteKey(attempt)), SITE_LIMITS[channel], atMs)
    const totalSeconds = remainingSeconds(this.#byChannel.get(channel), TOTAL_LIMITS[channel], atMs)
    return Math.max(clientSeconds, siteSeconds, totalSeconds)
  }

  /** The same, counting only failures from its own network. */
  ownWaitSeconds(attempt: LoginAttempt): number {
    return remainingSeconds(
      this.#networks.get(clientKey(attempt)),
      CLIENT_LIMITS[attempt.channel],
      attempt.atMs,
    )
  }

  failed(attempt: LoginAttempt): void {
    const { channel, atMs } = attempt
    this.#count(clientKey(attempt), atMs)
    if (!this.#isTrusted(attempt)) {
      this.#count(siteKey(attempt), atMs)
      this.#byChannel.set(channel, increment(this.#byChannel.get(channel), atMs))
    }
    this.#save(attempt)
  }

  /** Records that the admin token was right from this network. */
  succeeded({ client, atMs }: LoginAttempt): void {
    if (Math.abs(atMs - (this.#trustedAtMs.get(client) ?? 0)) < DAY_MS) return
    this.#trustedAtMs.delete(client)
    this.#trustedAtMs.set(client, atMs)
    dropOldest(this.#trustedAtMs, TRUSTED_MAX)
    const recent = [...this.#trustedAtMs].filter(([, lastMs]) => atMs - lastMs < TRUSTED_FOR_MS)
    this.#kv.put('trusted_networks', recent)
  }

  #isTrusted({ client, atMs }: LoginAttempt): boolean {
    return atMs - (this.#trustedAtMs.get(client) ?? 0) < TRUSTED_FOR_MS
  }

  #count(key: string, atMs: number): void {
    const known = this.#networks.get(key)
    const counted = increment(known, atMs)
    if (counted !== known) this.#networks.delete(key)
    this.#networks.set(key, counted)
    dropOldest(this.#networks, NETWORKS_MAX)
  }

  #save({ channel, atMs }: LoginAttempt): void {
    const flooded = (this.#byChannel.get(channel)?.count ?? 0) > FLOOD_FAILURES
    if (flooded && Math.abs(atMs - this.#savedMs) < SAVE_EVERY_MS) return
    this.#savedMs = atMs
    const networks = [...this.#networks].filter(([, { untilMs }]) => untilMs > atMs)
    this.#kv.put('failed_attempts', { byChannel: [...this.#byChannel], networks } satisfies Saved)
  }
}

const clientKey = ({ client, channel }: LoginAttempt): string => `${channel} ${client}`
const siteKey = ({ client, channel }: LoginAttempt): string =>
  `${channel} site ${networkAround(client, SITE_BITS) ?? client}`

/** Seconds until the end of the window if its limit is reached, else 0. */
const remainingSeconds = (known: Failures | undefined, limit: number, atMs: number): number =>
  known !== undefined && known.untilMs > atMs && known.count >= limit
    ? Math.ceil((known.untilMs - atMs) / 1000)
    : 0

/** Adds one failure to the window, or starts a new window. */
function increment(known: Failures | undefined, atMs: number): Failures {
  if (known === undefined || known.untilMs <= atMs) return { count: 1, untilMs: atMs + WINDOW_MS }
  known.count++
  return known
}
