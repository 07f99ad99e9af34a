/** Asks an authorization server whether a token is active, and caches the answer for a short time. */
import { BoundedMap } from '../../platform/bounded-map.ts'
import { toBase64, utf8 } from '../../platform/bytes.ts'
import { isObject, parseJson } from '../../platform/json.ts'
import { sha256Hex } from '../../platform/sha256.ts'
import { SingleFlight } from '../../platform/single-flight.ts'
import type { Secret } from '../../registry/sources/source.ts'
import { type Outcome, pass, refuse } from '../outcome.ts'
import { LIMITED_SECONDS } from '../accept/failure-rate-limiter.ts'
import { requestNamed } from './named-request.ts'
import { SourceBudget, isFromVerifiedNetwork } from './request-budget.ts'
import type { SchemeContext } from './scheme.ts'

/** A token that its server has revoked may be accepted for as long as this, but never after its expiry. */
export const ACTIVE_SECONDS = 60

/** So that a token that has just become valid is not refused for long. */
export const INACTIVE_SECONDS = 5

/**
 * Requests in ten seconds to one server about unknown tokens, for unverified and for verified networks each. A single client network
 * gets half of them.
 */
const MAX_QUESTIONS = 100
const SPAN_SECONDS = 10

const MAX_BYTES = 64 * 1024
const MAX_TOKENS = 1_000

/** The server's answer about a token. */
export interface TokenFacts {
  readonly active: boolean
  /** Null if the server gives no expiry. */
  readonly expiresAtSeconds: number | null
  readonly scopes: ReadonlySet<string>
  readonly clientId: string | null
}

type Server = Extract<Secret, { readonly kind: 'oauth2' }>
type Context = Pick<SchemeContext, 'fetch' | 'hosts' | 'nowSeconds' | 'source' | 'client' | 'clientMemory'>

interface Remembered {
  readonly facts: TokenFacts
  readonly askedAtSeconds: number
  readonly untilSeconds: number
}

/** One server's answers, bound to the secret's object: a changed source starts with none. */
interface Memory {
  readonly active: BoundedMap<string, Remembered>
  /** In a separate map: random tokens must not evict active ones. */
  readonly inactive: BoundedMap<string, Remembered>
  readonly flights: SingleFlight<Outcome<TokenFacts>>
  readonly budget: SourceBudget
}

const UNAVAILABLE = refuse({ code: 'proof_unavailable', dependency: 'oauth2-introspection' })

const RATE_LIMITED = refuse({ code: 'address_shielded', retryAfterSeconds: LIMITED_SECONDS })

const isRateLimited = (context: Context): boolean =>
  context.clientMemory.isRateLimited(context.client.address, context.nowSeconds * 1_000) &&
  !isFromVerifiedNetwork(context)

export class Introspection {
  readonly #memories = new WeakMap<Server, Memory>()

  /**
   * The server's answer about the token; refused as unavailable if there is no usable one. No request is made for a client whose
   * failures are rate limited, unless its network is one of verified deliveries of the source.
   */
  async ask(server: Server, token: string, context: Context): Promise<Outcome<TokenFacts>> {
    const memory = this.#memoryOf(server)
    // The cache has digests only, never a token.
    const name = await sha256Hex(token)
    const { nowSeconds } = context
    const known =
      current(memory.active.get(name), nowSeconds) ?? current(memory.inactive.get(name), nowSeconds)
    if (known !== undefined) return pass(known.facts)
    if (isRateLimited(context)) return RATE_LIMITED
    // Checked before joining: a client without budget must not decide for the others.
    if (!memory.flights.isUnderWay(name) && !memory.budget.spend(context)) return UNAVAILABLE
    return memory.flights.run(
      name,
      async () => {
        const facts = await introspect(server, token, context)
        if (facts === undefined) return UNAVAILABLE
        const tokens = facts.active ? memory.active : memory.inactive
        tokens.set(name, remember(facts, nowSeconds))
        return pass(facts)
      },
      UNAVAILABLE,
    )
  }

  #memoryOf(server: Server): Memory {
    const known = this.#memories.get(server)
    if (known !== undefined) return known
    const memory: Memory = {
      active: new BoundedMap(MAX_TOKENS),
      inactive: new BoundedMap(MAX_TOKENS),
      flights: new SingleFlight(),
      budget: new SourceBudget(MAX_QUESTIONS, SPAN_SECONDS),
    }
    this.#memories.set(server, memory)
    return memory
  }
}

const current = (known: Remembered | undefined, nowSeconds: number): Remembered | undefined =>
  known !== undefined && nowSeconds >= known.askedAtSeconds && nowSeconds < known.untilSeconds
    ? known
    : undefined

function remember(facts: TokenFacts, nowSeconds: number): Remembered {
  const untilSeconds = facts.active
    ? Math.min(nowSeconds + ACTIVE_SECONDS, facts.expiresAtSeconds ?? Infinity)
    : nowSeconds + INACTIVE_SECONDS
  return { facts, askedAtSeconds: nowSeconds, untilSeconds }
}

async function introspect(server: Server, token: string, context: Context): Promise<TokenFacts | undefined> {
  const { introspectionUrl, clientId, clientSecret } = server
  // RFC 6749 section 2.3.1: both are form-encoded before they are joined.
  const credentials = toBase64(utf8(`${formEncoded(clientId)}:${formEncoded(clientSecret)}`))
  const init = {
    method: 'POST',
    headers: {
      accept: 'application/json',
      authorization: `Basic ${credentials}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: new URLSearchParams({ token, token_type_hint: 'access_token' }).toString(),
  }
  const answer = await requestNamed(context, introspectionUrl, init, MAX_BYTES)
  // A 401 means that our own credentials are wrong, and nothing about the token.
  return answer.kind === 'answer' && answer.status === 200 ? factsIn(answer.body) : undefined
}

const formEncoded = (text: string): string => new URLSearchParams({ '': text }).toString().slice(1)

/** RFC 7662 section 2.2; `undefined` if it is not such an answer. */
function factsIn(body: Uint8Array): TokenFacts | undefined {
  const answer = parseJson(body)
  if (!isObject(answer) || typeof answer['active'] !== 'boolean') return undefined
  const { active, exp, scope, client_id: clientId } = answer
  if (exp !== undefined && exp !== null && typeof exp !== 'number') return undefined
  return {
    active,
    expiresAtSeconds: exp ?? null,
    scopes: new Set(typeof scope === 'string' ? scope.split(' ') : []),
    clientId: typeof clientId === 'string' ? clientId : null,
  }
}
