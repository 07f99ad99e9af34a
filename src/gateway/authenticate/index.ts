/** Stage 2: verifies who sent a delivery, over the received bytes. Only this file makes a {@link Verified}. */
import type {
  Delivery,
  DeliveryHead,
  PresentedCredentials,
  NoCredentials,
} from '../../providers/shared/presented-credentials.ts'
import type { AuthMethod, Provider, SourceSettings } from '../../providers/shared/provider.ts'
import type { Source } from '../../registry/sources/source.ts'
import type { Refusal, RefusalCode } from '../../event/refusal-code.ts'
import { type Outcome, type Refused, pass, refuse } from '../outcome.ts'
import { ClientMemory } from './client-memory.ts'
import { Attempts } from './limits.ts'
import { type Prepared, prepared } from './prepared.ts'
import type { Verified } from './verified.ts'
import type { Scheme, SchemeContext } from './scheme.ts'
import { CAUSING_REQUESTS, SCHEMES } from './schemes.ts'
import { NO_SHARED_FILES, type SharedFiles } from './shared-files.ts'

export interface AuthenticateDeps {
  readonly nowMs: number
  readonly fetch: typeof fetch
  /** Absent if nothing that an operator named is asked. */
  readonly hosts?: SchemeContext['hosts']
  /** Absent if nothing is remembered between deliveries. */
  readonly clientMemory?: ClientMemory
  readonly sharedFiles?: SharedFiles
}

const NO_HOSTS: SchemeContext['hosts'] = { check: async () => 'no_answer' }
const NO_MEMORY = new ClientMemory(() => false)

export interface Authenticated {
  readonly outcome: Outcome<Verified>
  /** Names of the methods that were judged, in order. */
  readonly attempted: readonly string[]
}

/** Verifies the delivery by one of the source's methods, or by all of them if the source asks for all. It never throws. */
export async function authenticate(
  delivery: Delivery,
  provider: Provider,
  source: Source,
  deps: AuthenticateDeps,
): Promise<Authenticated> {
  const known = prepared(source, provider, deps.nowMs)
  const { methods, settings, secretParameters } = known
  if (methods.length === 0) return { outcome: refuse({ code: 'secret_missing' }), attempted: [] }
  const context = contextOf(known, source, delivery, deps)
  const judge = (method: AuthMethod) => judgeMethod(method, delivery, settings, context)
  const forwarded = withoutSecrets(delivery, secretParameters)
  return source.config.auth.require === 'all'
    ? byAll(forwarded, methods, judge)
    : byAny(forwarded, methods, judge)
}

const contextOf = (
  { secrets, settings }: Prepared,
  source: Source,
  { client }: DeliveryHead,
  {
    nowMs,
    fetch,
    hosts = NO_HOSTS,
    clientMemory = NO_MEMORY,
    sharedFiles = NO_SHARED_FILES,
  }: AuthenticateDeps,
): SchemeContext => ({
  secrets,
  attempts: new Attempts(),
  settings,
  source: source.name,
  client,
  nowSeconds: Math.floor(nowMs / 1_000),
  fetch,
  hosts,
  clientMemory,
  sharedFiles,
})

/** A refusal that no body can change. */
export interface Hopeless extends Authenticated {
  readonly outcome: Refused
}

/**
 * Why a delivery will be refused with any body: every method lacks valid credentials, or, if all are required, one of them does.
 * `undefined` if the body decides. No request is made.
 *
 * An old time is not a reason: only the body shows whether the sender signed it, which the operator wants to know.
 */
export async function refusedByHead(
  head: DeliveryHead,
  provider: Provider,
  source: Source,
  deps: AuthenticateDeps,
): Promise<Hopeless | undefined> {
  const known = prepared(source, provider, deps.nowMs)
  const context = contextOf(known, source, head, deps)
  const all = source.config.auth.require === 'all'
  const refusals: Refusal[] = []
  for (const method of known.methods) {
    const refusal = await refusalByHead(method, head, context)
    if (refusal !== undefined && all) return { outcome: refuse(refusal), attempted: [method.name] }
    if (refusal === undefined && !all) return undefined
    if (refusal !== undefined) refusals.push(refusal)
  }
  return all && known.methods.length > 0
    ? undefined
    : { outcome: refuse(mostSpecific(refusals)), attempted: known.methods.map(({ name }) => name) }
}

async function refusalByHead(
  method: AuthMethod,
  head: DeliveryHead,
  context: SchemeContext,
): Promise<Refusal | undefined> {
  let looksAtBody = false
  const unread: Delivery = {
    ...head,
    get body() {
      looksAtBody = true
      return NO_BODY
    },
  }
  const credentials = credentialsOf(method, unread, context.settings)
  if (credentials.scheme === 'none') return looksAtBody ? undefined : lackOf(credentials)
  if (!Object.hasOwn(SCHEMES, credentials.scheme)) return undefined
  const scheme = SCHEMES[credentials.scheme] as Scheme
  if (scheme.byHead !== true) return undefined
  const outcome = await scheme.verify(credentials, context)
  return outcome.ok ? undefined : outcome.refusal
}
const NO_BODY: Delivery['body'] = new Uint8Array(0)

/** Later stages may store the query with the delivery, as quarantine does, so secrets in it are removed. */
function withoutSecrets(delivery: Delivery, parameters: readonly string[]): Delivery {
  if (parameters.length === 0) return delivery
  const query = new URLSearchParams(delivery.query)
  for (const name of parameters) query.delete(name)
  return { ...delivery, query }
}

/** A method that passed, with its credentials. */
interface Proof {
  readonly method: string
  readonly credentials: PresentedCredentials
}
type Judge = (method: AuthMethod) => Promise<Outcome<Proof>>

async function byAny(
  delivery: Delivery,
  methods: readonly AuthMethod[],
  judge: Judge,
): Promise<Authenticated> {
  const attempted: string[] = []
  const refusals: Refusal[] = []
  for (const method of methods) {
    attempted.push(method.name)
    const outcome = await judge(method)
    if (outcome.ok) return { outcome: pass(verified(delivery, [outcome.value], outcome.value)), attempted }
    refusals.push(outcome.refusal)
  }
  return { outcome: refuse(mostSpecific(refusals)), attempted }
}

async function byAll(
  delivery: Delivery,
  methods: readonly AuthMethod[],
  judge: Judge,
): Promise<Authenticated> {
  const attempted: string[] = []
  const proofs: Proof[] = []
  let unavailable: Refusal | undefined
  for (const method of methods) {
    attempted.push(method.name)
    const outcome = await judge(method)
    if (outcome.ok) proofs.push(outcome.value)
    // With a dependency down the method is undecided. Another one may still refuse for good.
    else if (outcome.refusal.code === 'proof_unavailable') unavailable ??= outcome.refusal
    else return { outcome: outcome, attempted }
  }
  const [first] = proofs
  if (unavailable !== undefined) return { outcome: refuse(unavailable), attempted }
  if (first === undefined) return { outcome: refuse({ code: 'secret_missing' }), attempted }
  const strongest = proofs.find(({ credentials }) => credentials.coversBody) ?? first
  return { outcome: pass(verified(delivery, proofs, strongest)), attempted }
}

async function judgeMethod(
  method: AuthMethod,
  delivery: Delivery,
  settings: SourceSettings,
  context: SchemeContext,
): Promise<Outcome<Proof>> {
  const credentials = credentialsOf(method, delivery, settings)
  if (credentials.scheme === 'none') return refuse(lackOf(credentials))
  if (!Object.hasOwn(SCHEMES, credentials.scheme))
    return refuse({ code: 'algorithm_unsupported', algorithm: credentials.scheme })
  const scheme = SCHEMES[credentials.scheme] as Scheme
  const outcome = await scheme.verify(credentials, context)
  if (!outcome.ok) return outcome
  const { signedAtOnceVerified: signedAt } = credentials
  if (signedAt === undefined) return pass({ method: method.name, credentials })
  const signedAtSeconds = orMalformed(method, signedAt)
  return typeof signedAtSeconds === 'number'
    ? pass({ method: method.name, credentials: { ...credentials, signedAtSeconds } })
    : refuse(lackOf(signedAtSeconds))
}

const credentialsOf = (
  method: AuthMethod,
  delivery: Delivery,
  settings: SourceSettings,
): PresentedCredentials | NoCredentials => orMalformed(method, () => method.credentials(delivery, settings))

/** A provider reads what a sender sent. If that throws, the delivery is malformed. */
function orMalformed<T>(method: AuthMethod, read: () => T): T | NoCredentials {
  try {
    return read()
  } catch {
    return { scheme: 'none', problem: 'proof_malformed', field: method.name }
  }
}

const lackOf = ({ problem, field }: NoCredentials): Refusal =>
  problem === 'header_missing' ? { code: problem, header: field } : { code: problem, field }

/** A {@link Verified} without the mark that only this file adds. */
type Unmarked = { readonly [Key in keyof Verified as Key extends string ? Key : never]: Verified[Key] }

function verified(delivery: Delivery, proofs: readonly Proof[], { credentials }: Proof): Verified {
  const unmarked: Unmarked = {
    delivery,
    methods: proofs.map(({ method }) => method),
    claim: { identity: credentials.identity, singleUse: credentials.singleUse ?? false },
    signedAtSeconds: credentials.signedAtSeconds,
    coversBody: credentials.coversBody,
    verifiedHeaders: verifiedHeadersOf(proofs),
    mayCauseRequests: proofs.some((proof) => CAUSING_REQUESTS.has(proof.credentials.scheme)),
  }
  return unmarked as Verified
}

function verifiedHeadersOf(proofs: readonly Proof[]): Verified['verifiedHeaders'] {
  const all = proofs
    .map(({ credentials }) => credentials.verifiedHeaders)
    .filter((headers) => headers !== undefined)
  return all.length < 2 ? (all[0] ?? NO_HEADERS) : new Map(all.flatMap((headers) => [...headers]))
}
const NO_HEADERS: Verified['verifiedHeaders'] = new Map()

/** Which of several refusals is reported: first one that may pass later, then the one closest to a valid proof. */
const BY_PRECEDENCE: readonly RefusalCode[] = [
  'proof_unavailable',
  'address_shielded',
  'signature_mismatch',
  'token_invalid',
  'credentials_wrong',
  'certificate_refused',
  'topic_foreign',
  'algorithm_unsupported',
  'proof_malformed',
  'proof_missing',
  'header_missing',
]

function mostSpecific(refusals: readonly Refusal[]): Refusal {
  const found = BY_PRECEDENCE.map((code) => refusals.find((refusal) => refusal.code === code))
  return found.find((refusal) => refusal !== undefined) ?? refusals[0] ?? { code: 'secret_missing' }
}
