/**
 * Key sets of token issuers (RFC 7517), fetched and cached. An unknown key id causes another fetch, within a budget. While an
 * issuer is down, its cached set is used for a limited time.
 */
import { type JWK, importJWK } from 'jose'
import { BoundedMap } from '../../platform/bounded-map.ts'
import { isObject, parseJson } from '../../platform/json.ts'
import { SingleFlight } from '../../platform/single-flight.ts'
import { MAX_PUBLIC_KEY_ATTEMPTS } from './limits.ts'
import { requestNamed } from './named-request.ts'
import { SourceBudgets } from './request-budget.ts'
import type { SchemeContext } from './scheme.ts'

/** A set this old is fetched again before it is used. */
export const JWKS_FRESH_SECONDS = 600

/** A set this old is not used, even if the issuer is down. */
export const JWKS_MAX_STALE_SECONDS = 3_600

/** The span of the budget for unknown key ids. */
export const JWKS_COOL_DOWN_SECONDS = 30

/**
 * Maximum number of requests for unknown key ids in that span, by set and source, for strangers and for verified networks
 * each. One client network may cause one of them, so that a stranger cannot block the fetch of a new key.
 */
const MAX_UNKNOWN_KEY_REQUESTS = 2

/** Minimum time between two requests for a set, for all clients together. */
export const JWKS_RETRY_SECONDS = 5

const MAX_BYTES = 64 * 1024
const MAX_KEYS_IN_SET = 64
const MAX_SETS = 256

/** Key id and algorithm of a token, and the key type that the algorithm needs. */
export interface WantedKey {
  readonly alg: string
  readonly kid: string | undefined
  readonly keyType: string
  readonly curve?: string
}

interface KeySet {
  readonly fetchedAtSeconds: number
  readonly keys: readonly JWK[]
  /** Imported keys, by key id and algorithm of the token. */
  readonly found: Map<string, readonly CryptoKey[]>
}

interface Attempt {
  readonly atSeconds: number
  readonly failed: boolean
}

export interface FoundKeys {
  readonly keys: readonly CryptoKey[]
  /** False if a set was unreachable, so that a key may be missing. */
  readonly complete: boolean
}

type Context = Pick<SchemeContext, 'fetch' | 'hosts' | 'nowSeconds' | 'source' | 'client' | 'clientMemory'>

export class Jwks {
  readonly #sets = new BoundedMap<string, KeySet>(MAX_SETS)
  readonly #attempts = new BoundedMap<string, Attempt>(MAX_SETS)
  readonly #flights = new SingleFlight<void>()
  readonly #unknownKeyBudgets = new SourceBudgets(MAX_UNKNOWN_KEY_REQUESTS, JWKS_COOL_DOWN_SECONDS)

  /** The keys in the sets that may verify the token. The caller has checked that the URLs are allowed. */
  async keys(urls: readonly string[], wanted: WantedKey, context: Context): Promise<FoundKeys> {
    const keys: CryptoKey[] = []
    let complete = true
    for (const url of urls) {
      const found = await this.#keysOf(url, wanted, context)
      keys.push(...found.keys)
      complete &&= found.complete
    }
    return { keys: keys.slice(0, MAX_PUBLIC_KEY_ATTEMPTS), complete }
  }

  async #keysOf(url: string, wanted: WantedKey, context: Context): Promise<FoundKeys> {
    // This fetch serves all sources and clients for ten minutes, so it needs no budget.
    if (!isYounger(this.#sets.get(url), JWKS_FRESH_SECONDS, context))
      await this.#refresh(url, context, () => true)
    const set = this.#usable(url, context)
    if (set === undefined) return { keys: [], complete: false }
    const keys = await matching(set, wanted)
    if (keys.length > 0) return { keys, complete: true }
    // The issuer may have added a key since.
    await this.#refresh(url, context, () => this.#unknownKeyBudgets.spend(context, url))
    const newer = this.#usable(url, context) ?? set
    const isDown = this.#attempts.get(url)?.failed ?? false
    return { keys: newer === set ? [] : await matching(newer, wanted), complete: !isDown }
  }

  #usable(url: string, context: Context): KeySet | undefined {
    const set = this.#sets.get(url)
    return isYounger(set, JWKS_MAX_STALE_SECONDS, context) ? set : undefined
  }

  async #refresh(url: string, context: Context, mayAsk: () => boolean): Promise<void> {
    if (!this.#flights.isUnderWay(url)) {
      const last = this.#attempts.get(url)
      const agoSeconds = last === undefined ? Infinity : Math.abs(context.nowSeconds - last.atSeconds)
      if (agoSeconds < JWKS_RETRY_SECONDS || !mayAsk()) return
    }
    await this.#flights.run(url, () => this.#fetch(url, context), undefined)
  }

  async #fetch(url: string, context: Context): Promise<void> {
    const { nowSeconds } = context
    // The attempt counts as failed until the answer arrives, because it may never arrive.
    this.#attempts.set(url, { atSeconds: nowSeconds, failed: true })
    const answer = await requestNamed(context, url, { headers: { accept: 'application/json' } }, MAX_BYTES)
    const keys = answer.kind === 'answer' && answer.status === 200 ? keysIn(answer.body) : undefined
    if (keys === undefined) return
    this.#attempts.set(url, { atSeconds: nowSeconds, failed: false })
    this.#sets.set(url, { fetchedAtSeconds: nowSeconds, keys, found: new Map() })
  }
}

const isYounger = (set: KeySet | undefined, seconds: number, { nowSeconds }: Context): boolean =>
  set !== undefined && Math.abs(nowSeconds - set.fetchedAtSeconds) < seconds

/** The public signing keys of the set. A private key in a public set is known to everyone, so it is left out. */
function keysIn(body: Uint8Array): readonly JWK[] | undefined {
  const set = parseJson(body)
  if (!isObject(set) || !Array.isArray(set['keys'])) return undefined
  return set['keys'].slice(0, MAX_KEYS_IN_SET).filter(isPublicSigningKey)
}

const isPublicSigningKey = (key: unknown): key is JWK =>
  isObject(key) &&
  !Object.hasOwn(key, 'd') &&
  !Object.hasOwn(key, 'k') &&
  (key['use'] === undefined || key['use'] === 'sig') &&
  (key['key_ops'] === undefined || (Array.isArray(key['key_ops']) && key['key_ops'].includes('verify')))

async function matching({ keys, found }: KeySet, wanted: WantedKey): Promise<readonly CryptoKey[]> {
  const name = nameOf(wanted)
  const known = found.get(name)
  if (known !== undefined) return known
  const candidates = keys.filter((jwk) => matches(jwk, wanted)).slice(0, MAX_PUBLIC_KEY_ATTEMPTS)
  const imported = await Promise.all(candidates.map((jwk) => importKey(jwk, wanted.alg)))
  const ready = imported.filter((key) => key !== undefined)
  // Only names that match a key are cached, so that tokens cannot fill the cache.
  if (ready.length > 0) found.set(name, ready)
  return ready
}

/** An algorithm name contains no space. */
const nameOf = ({ alg, kid }: WantedKey): string => (kid === undefined ? alg : `${alg} ${kid}`)

/** A key with `alg` matches only that algorithm. `EdDSA` and `Ed25519` are two names of one (RFC 9864). */
function matches(key: JWK, { alg, kid, keyType, curve }: WantedKey): boolean {
  const sameAlgorithm = key.alg === undefined || key.alg === alg || (curve === 'Ed25519' && isEdDsa(key.alg))
  return (
    key.kty === keyType &&
    (curve === undefined || key.crv === curve) &&
    sameAlgorithm &&
    (kid === undefined || key.kid === kid)
  )
}

const isEdDsa = (alg: string): boolean => alg === 'EdDSA' || alg === 'Ed25519'

/** RFC 7518 section 3.3. */
const RSA_MIN_BITS = 2_048

/** Skips a key that is malformed or too short; the others remain. */
async function importKey(jwk: JWK, alg: string): Promise<CryptoKey | undefined> {
  try {
    const key = await importJWK(jwk, alg)
    if (key instanceof Uint8Array) return undefined
    const { modulusLength } = key.algorithm as { readonly modulusLength?: number }
    return modulusLength !== undefined && modulusLength < RSA_MIN_BITS ? undefined : key
  } catch {
    return undefined
  }
}
