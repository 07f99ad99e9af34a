/** Stage 2: proves who sent a delivery, over the bytes as they came. The only place that makes a {@link Proven}. */
import type { Delivery, DeliveryHead, Evidence, NoEvidence, SchemeName } from '../../providers/evidence.ts'
import type { MethodOfProof, Provider, SourceSettings } from '../../providers/provider.ts'
import type { Source } from '../../registry/source.ts'
import { type Outcome, type Refusal, type RefusalCode, pass, refuse } from '../outcome.ts'
import { createEventBridge } from './alibaba-eventbridge.ts'
import { basic } from './basic.ts'
import { ClientMemory } from './client-memory.ts'
import { ecdsa } from './ecdsa.ts'
import { ed25519 } from './ed25519.ts'
import { hmac } from './hmac.ts'
import { createJwt } from './jwt.ts'
import { Attempts } from './limits.ts'
import { md5InBody } from './md5-in-body.ts'
import { mutualTls } from './mutual-tls.ts'
import { namedValues } from './named-values.ts'
import { createOAuth2 } from './oauth2.ts'
import { type Prepared, prepared } from './prepared.ts'
import type { Proven } from './proven.ts'
import { rsa } from './rsa.ts'
import type { Scheme, SchemeContext } from './scheme.ts'
import { NO_SHARED_FILES, type SharedFiles } from './shared-files.ts'
import { sharedSecret } from './shared-secret.ts'
import { createSns } from './sns.ts'
import { standardWebhooks } from './standard-webhooks.ts'

type SchemeOf<Name extends SchemeName> = Scheme<Extract<Evidence, { readonly scheme: Name }>>

/** The only list of schemes. */
const SCHEMES: { readonly [Name in SchemeName]: SchemeOf<Name> } = {
  hmac,
  ecdsa,
  rsa,
  ed25519,
  'standard-webhooks': standardWebhooks,
  'md5-in-body': md5InBody,
  sns: createSns(),
  'alibaba-eventbridge': createEventBridge(),
  'shared-secret': sharedSecret,
  'named-values': namedValues,
  basic,
  jwt: createJwt(),
  oauth2: createOAuth2(),
  'mutual-tls': mutualTls,
}

/** Schemes that may have to ask another server before they know. */
const CAUSING_REQUESTS: ReadonlySet<SchemeName> = new Set([
  'sns',
  'alibaba-eventbridge',
  'jwt',
  'oauth2',
] satisfies SchemeName[])

export interface AuthenticateDeps {
  readonly nowMs: number
  readonly fetch: typeof fetch
  /** Absent where nothing is remembered between deliveries. */
  readonly clientMemory?: ClientMemory
  readonly sharedFiles?: SharedFiles
}

const NO_MEMORY = new ClientMemory(() => false)

export interface Authenticated {
  readonly outcome: Outcome<Proven>
  /** Names of the methods that were judged, in order. */
  readonly tried: readonly string[]
}

/**
 * Proves the delivery by one of the source's methods, or by all of them where the source says so. Total: any headers and
 * bytes give an outcome.
 */
export async function authenticate(
  delivery: Delivery,
  provider: Provider,
  source: Source,
  deps: AuthenticateDeps,
): Promise<Authenticated> {
  const known = prepared(source, provider, deps.nowMs)
  const { methods, settings, secretParameters } = known
  if (methods.length === 0) return { outcome: refuse({ code: 'secret_missing' }), tried: [] }
  const context = contextOf(known, source, delivery, deps)
  const judge = (method: MethodOfProof) => judgeMethod(method, delivery, settings, context)
  const handedOn = withoutSecrets(delivery, secretParameters)
  return source.config.auth.require === 'all'
    ? byAll(handedOn, methods, judge)
    : byAny(handedOn, methods, judge)
}

const contextOf = (
  { secrets, settings }: Prepared,
  source: Source,
  { client }: DeliveryHead,
  { nowMs, fetch, clientMemory = NO_MEMORY, sharedFiles = NO_SHARED_FILES }: AuthenticateDeps,
): SchemeContext => ({
  secrets,
  attempts: new Attempts(),
  settings,
  source: source.name,
  client,
  nowSeconds: Math.floor(nowMs / 1_000),
  fetch,
  clientMemory,
  sharedFiles,
})

/** A refusal that no body can change. */
export interface Hopeless extends Authenticated {
  readonly outcome: Outcome<never>
}

/**
 * Why a delivery will be refused whatever its body: each of its methods lacks its proof or has a wrong one, or one does of which
 * all are needed. `undefined` where the body decides. No request is made.
 *
 * An old time is not among the reasons: only the body tells whether a sender signed it, which the operator wants to know.
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
    if (refusal !== undefined && all) return { outcome: refuse(refusal), tried: [method.name] }
    if (refusal === undefined && !all) return undefined
    if (refusal !== undefined) refusals.push(refusal)
  }
  return all && known.methods.length > 0
    ? undefined
    : { outcome: refuse(mostTelling(refusals)), tried: known.methods.map(({ name }) => name) }
}

async function refusalByHead(
  method: MethodOfProof,
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
  const evidence = evidenceOf(method, unread, context.settings)
  if (evidence.scheme === 'none') return looksAtBody ? undefined : lackOf(evidence)
  if (!Object.hasOwn(SCHEMES, evidence.scheme)) return undefined
  const scheme = SCHEMES[evidence.scheme] as Scheme
  if (scheme.byHead !== true) return undefined
  const outcome = await scheme.verify(evidence, context)
  return outcome.ok ? undefined : outcome.refusal
}
const NO_BODY: Delivery['body'] = new Uint8Array(0)

/** Whatever comes after may keep the query with the delivery (quarantine does): the secret in it stays here. */
function withoutSecrets(delivery: Delivery, parameters: readonly string[]): Delivery {
  if (parameters.length === 0) return delivery
  const query = new URLSearchParams(delivery.query)
  for (const name of parameters) query.delete(name)
  return { ...delivery, query }
}

/** A method that passed, with the evidence that it passed on. */
interface Proof {
  readonly method: string
  readonly evidence: Evidence
}
type Judge = (method: MethodOfProof) => Promise<Outcome<Proof>>

async function byAny(
  delivery: Delivery,
  methods: readonly MethodOfProof[],
  judge: Judge,
): Promise<Authenticated> {
  const tried: string[] = []
  const refusals: Refusal[] = []
  for (const method of methods) {
    tried.push(method.name)
    const outcome = await judge(method)
    if (outcome.ok) return { outcome: pass(proven(delivery, [outcome.value], outcome.value)), tried }
    refusals.push(outcome.refusal)
  }
  return { outcome: refuse(mostTelling(refusals)), tried }
}

async function byAll(
  delivery: Delivery,
  methods: readonly MethodOfProof[],
  judge: Judge,
): Promise<Authenticated> {
  const tried: string[] = []
  const proofs: Proof[] = []
  let unavailable: Refusal | undefined
  for (const method of methods) {
    tried.push(method.name)
    const outcome = await judge(method)
    if (outcome.ok) proofs.push(outcome.value)
    // A dependency that is down says nothing; another method may still say no for good.
    else if (outcome.refusal.code === 'proof_unavailable') unavailable ??= outcome.refusal
    else return { outcome: outcome, tried }
  }
  const [first] = proofs
  if (unavailable !== undefined) return { outcome: refuse(unavailable), tried }
  if (first === undefined) return { outcome: refuse({ code: 'secret_missing' }), tried }
  const strongest = proofs.find(({ evidence }) => evidence.coversBody) ?? first
  return { outcome: pass(proven(delivery, proofs, strongest)), tried }
}

async function judgeMethod(
  method: MethodOfProof,
  delivery: Delivery,
  settings: SourceSettings,
  context: SchemeContext,
): Promise<Outcome<Proof>> {
  const evidence = evidenceOf(method, delivery, settings)
  if (evidence.scheme === 'none') return refuse(lackOf(evidence))
  if (!Object.hasOwn(SCHEMES, evidence.scheme))
    return refuse({ code: 'algorithm_unsupported', algorithm: evidence.scheme })
  const scheme = SCHEMES[evidence.scheme] as Scheme
  const outcome = await scheme.verify(evidence, context)
  if (!outcome.ok) return outcome
  const { signedAtOnceProven: signedAt } = evidence
  if (signedAt === undefined) return pass({ method: method.name, evidence })
  const signedAtSeconds = orMalformed(method, signedAt)
  return typeof signedAtSeconds === 'number'
    ? pass({ method: method.name, evidence: { ...evidence, signedAtSeconds } })
    : refuse(lackOf(signedAtSeconds))
}

const evidenceOf = (
  method: MethodOfProof,
  delivery: Delivery,
  settings: SourceSettings,
): Evidence | NoEvidence => orMalformed(method, () => method.evidence(delivery, settings))

/** A provider reads what a sender has made; where that throws, the delivery is at fault. */
function orMalformed<T>(method: MethodOfProof, read: () => T): T | NoEvidence {
  try {
    return read()
  } catch {
    return { scheme: 'none', problem: 'proof_malformed', field: method.name }
  }
}

const lackOf = ({ problem, field }: NoEvidence): Refusal =>
  problem === 'header_missing' ? { code: problem, header: field } : { code: problem, field }

/** All of a {@link Proven} but the mark that only this file gives. */
type Unmarked = { readonly [Key in keyof Proven as Key extends string ? Key : never]: Proven[Key] }

function proven(delivery: Delivery, proofs: readonly Proof[], { evidence }: Proof): Proven {
  const unmarked: Unmarked = {
    delivery,
    methods: proofs.map(({ method }) => method),
    claim: { identity: evidence.identity, singleUse: evidence.singleUse ?? false },
    signedAtSeconds: evidence.signedAtSeconds,
    coversBody: evidence.coversBody,
    provenHeaders: provenHeadersOf(proofs),
    mayCauseRequests: proofs.some((proof) => CAUSING_REQUESTS.has(proof.evidence.scheme)),
  }
  return unmarked as Proven
}

/** Nearly always there is none, and one proof. */
function provenHeadersOf(proofs: readonly Proof[]): Proven['provenHeaders'] {
  const all = proofs.map(({ evidence }) => evidence.provenHeaders).filter((headers) => headers !== undefined)
  return all.length < 2 ? (all[0] ?? NO_HEADERS) : new Map(all.flatMap((headers) => [...headers]))
}
const NO_HEADERS: Proven['provenHeaders'] = new Map()

/** Of several refusals the one to tell: what may pass later first, then what came nearest to a proof. */
const TELLING: readonly RefusalCode[] = [
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

function mostTelling(refusals: readonly Refusal[]): Refusal {
  const found = TELLING.map((code) => refusals.find((refusal) => refusal.code === code))
  return found.find((refusal) => refusal !== undefined) ?? refusals[0] ?? { code: 'secret_missing' }
}
