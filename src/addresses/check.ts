/** Checks addresses: by what is known, then by DNS, then by the service if there is one. Each address is asked about once at a time. */
import { Deadlines } from '../outbound/deadlines.ts'
import { type PostDeps, post } from '../outbound/post.ts'
import { retryAfterSeconds } from '../outbound/retry-after.ts'
import { concurrently } from '../platform/concurrently.ts'
import { HOUR_MS, MINUTE_MS } from '../platform/time.ts'
import type { Store } from '../store/store.ts'
import { type DomainJudgment, judgeDomain } from './domain.ts'
import { claimAddress, endClaim, keepVerdicts, keptVerdicts } from './kept.ts'
import { type Listed, listed } from './lists.ts'
import { readOwnEvents } from './own-events.ts'
import { serviceNamed } from './services/index.ts'
import { type Failure, type Pending, type Read, type Service, readAnswer } from './services/service.ts'
import {
  type StoredService,
  hostOf,
  noteFailure,
  readService,
  openServiceKey,
  spendCall,
} from './settings.ts'
import { type ReadAddress, readEnvelopeAddress } from './syntax.ts'
import {
  type Checked,
  type Judgment,
  NO_EVENTS,
  judgedByEvents,
  judgment,
  lifeMs,
  withLists,
} from './verdict.ts'

export interface Answered extends Checked {
  readonly address: string
  readonly pending: Pending | null
}

export interface CheckDeps {
  readonly store: Store
  readonly send: PostDeps
  readonly nowMs: () => number
  /** Asked before a domain is looked up, and before each call of the service. */
  readonly mayAsk: () => boolean
  /** Called once, before the first address is sent to the service. Absent for a list, which was noted as it was made. */
  readonly noteSending?: (service: string) => Promise<void>
}

/** The hosts of the resolver and of services are fixed: none is looked up. */
export const toFixedHosts = (fetcher: typeof fetch, nowMs: () => number): PostDeps => ({
  fetch: fetcher,
  checkHost: () => Promise.resolve('public'),
  deadlines: new Deadlines(nowMs),
})

/** Workers keep six connections, and services take more. */
const AT_ONCE = 6

/** In the order in which they were given. */
export async function checkAddresses(
  deps: CheckDeps,
  addresses: readonly string[],
): Promise<readonly Answered[]> {
  const { store, nowMs } = deps
  const sinceMs = nowMs()
  const people = await Promise.all(addresses.map((address) => store.people.indexOf(address)))
  const distinct = [...new Map(people.map((person, i) => [person, addresses[i] ?? ''] as const))]
  const indexes = distinct.map(([person]) => person)
  const kept = await keptVerdicts(store, indexes, sinceMs)
  const own = await readOwnEvents(store, indexes, kept, sinceMs)
  const service = await openService(deps, await readService(store, sinceMs))
  let noted: Promise<void> | undefined
  const noteOnce = (name: string) => (noted ??= deps.noteSending?.(name) ?? Promise.resolve())
  const domains = new Map<string, Promise<DomainJudgment>>()
  const byDns: [string, Checked][] = []
  const found = new Map<string, Omit<Answered, 'address'>>()
  await concurrently(distinct, AT_ONCE, async ([person, address]) => {
    const known = kept.get(person) ?? null
    const said = judgedByEvents(own.get(person) ?? NO_EVENTS, known, sinceMs)
    const checked = await checkOne({
      deps,
      person,
      address,
      known,
      said,
      service,
      noteOnce,
      domains,
      byDns,
      sinceMs,
    })
    found.set(person, checked)
    return true
  })
  await keepVerdicts(store, byDns, sinceMs)
  return people.map((person, i) => ({ ...present(found.get(person)), address: addresses[i] ?? '' }))
}

interface OpenService {
  readonly service: Service
  readonly host: string
  readonly key: string
  readonly stored: StoredService
}

/** `undefined` if none is set. */
async function openService({ store }: CheckDeps, stored: StoredService): Promise<OpenService | undefined> {
  const service = serviceNamed(stored.settings.service)
  const host = hostOf(stored.settings)
  const key = await openServiceKey(store, stored)
  return service === undefined || host === null || key === undefined
    ? undefined
    : { service, host, key, stored }
}

interface One {
  readonly deps: CheckDeps
  /** Blind index. */
  readonly person: string
  readonly address: string
  readonly known: Checked | null
  /** By own events. */
  readonly said: Checked | undefined
  readonly service: OpenService | undefined
  readonly noteOnce: (service: string) => Promise<void>
  readonly domains: Map<string, Promise<DomainJudgment>>
  /** Verdicts to be kept, by blind index. */
  readonly byDns: [string, Checked][]
  readonly sinceMs: number
}

type Found = Omit<Answered, 'address'>

async function checkOne(one: One): Promise<Found> {
  const { deps, person, known, said, service, domains, sinceMs } = one
  const read = readEnvelopeAddress(one.address)
  if (read === undefined)
    return { ...(said ?? lasting(judgment('undeliverable', ['syntax']), 'syntax', sinceMs)), pending: null }
  const lists = listed(read)
  if (said !== undefined) return { ...completed(said, read, lists), pending: null }
  const isByDns = known === null || known.by === BY_DNS
  if (known !== null && (!isByDns || service === undefined || known.verdict === 'undeliverable'))
    return { ...completed(known, read, lists), pending: null }

  if (known === null && !domains.has(read.domain) && !deps.mayAsk())
    return {
      ...completed(lasting(judgment('unknown', ['not_probed']), BY_DNS, sinceMs, 0), read, lists),
      pending: 'no_time',
    }
  const byDomain = known ?? (await judgedByDomain(domains, read, deps, sinceMs))
  const full = completed(byDomain, read, lists)
  const needsService =
    service !== undefined && full.verdict !== 'undeliverable' && lists.flags.disposable !== true
  const asked = needsService ? await askService(one, service, read) : null
  if (typeof asked === 'object' && asked !== null) return { ...completed(asked, read, lists), pending: null }
  if (known === null) one.byDns.push([person, byDomain])
  return { ...full, pending: asked }
}

const BY_DNS = 'dns'

const lasting = (said: Judgment, by: string, atMs: number, forMs = lifeMs(said)): Checked => ({
  ...said,
  by,
  checkedAtMs: atMs,
  expiresAtMs: atMs + forMs,
})

/** Addresses of one call share what the resolver says of their domain. */
async function judgedByDomain(
  domains: One['domains'],
  { domain }: ReadAddress,
  { send }: CheckDeps,
  atMs: number,
): Promise<Checked> {
  const asked = domains.get(domain) ?? judgeDomain(domain, send)
  domains.set(domain, asked)
  const { lifeMs: forMs, ...said } = await asked
  return lasting(said, BY_DNS, atMs, forMs)
}

/** Lists and the form of the address are read anew each time: they cost nothing, and change with a release. */
function completed(
  said: Checked,
  { local, isInternational }: ReadAddress,
  { flags, meant }: Listed,
): Checked {
  const suggestion = suggestionFor(local, said.suggestion) ?? (meant === null ? null : `${local}@${meant}`)
  const full = withLists({ ...said, suggestion }, { flags, suggestion })
  // Many servers do not take mail for a local part of another script (SMTPUTF8).
  return isInternational ? { ...full, reasons: [...new Set([...full.reasons, 'other' as const])] } : full
}

/** A suggestion with another local part would be the address of somebody else. */
const suggestionFor = (local: string, suggestion: string | null): string | null =>
  suggestion !== null && readEnvelopeAddress(suggestion)?.local.toLowerCase() === local.toLowerCase()
    ? suggestion
    : null

/** Longer than services take: their default is 5 to 10 s. */
const TIMEOUT_MS = 12_000
/** The claim ends by itself if its caller dies. */
const CLAIM_MS = MINUTE_MS

/** How long the service is left alone at least: a fault of the account needs a person, and the others pass. */
const PAUSES_MS: Readonly<Record<Failure, number>> = {
  key_refused: HOUR_MS,
  no_credit: HOUR_MS,
  slow_down: MINUTE_MS,
  later: MINUTE_MS,
  unreadable: 0,
  not_done: 0,
}

/** How long one address is left alone. Emailable gives the answer free of charge within five minutes. */
const AGAIN_MS = MINUTE_MS
/**
 * After a call that was not answered in time, or with what nobody can read: it was perhaps charged. That address is left alone, and after a second
 * such call without a success between them, the service is.
 */
const UNANSWERED_MS = 10 * MINUTE_MS

async function askService(
  { deps, person, noteOnce, sinceMs }: One,
  { service, host, key, stored }: OpenService,
  { local, domain }: ReadAddress,
): Promise<Checked | Pending> {
  const { store, send, nowMs, mayAsk } = deps
  if (!mayAsk()) return 'no_time'
  const startMs = nowMs()
  if (!(await claimAddress(store, person, startMs, startMs + CLAIM_MS, sinceMs))) return 'asked_already'
  if (!(await spendCall(store, stored, startMs))) {
    await endClaim(store, person, 0)
    const now = await readService(store, startMs)
    const isOver = now.version === stored.version && now.pausedUntilMs <= startMs
    if (isOver) return 'budget_used_up'
    return now.failure === null || now.failure === 'unreadable' ? 'later' : now.failure
  }
  await noteOnce(service.name)
  const request = service.request(host, key, `${local}@${domain}`)
  const answer = await post({ ...request, hostname: null, timeoutMs: TIMEOUT_MS }, send)
  const atMs = nowMs()
  const read: Read = answer.kind === 'answer' ? readAnswer(service, answer.status, answer.text) : 'later'
  if (typeof read === 'string') {
    const isLate = answer.kind === 'none' && answer.reason === 'timeout'
    const isOfOne = isLate || read === 'unreadable'
    const asked = answer.kind === 'answer' ? (retryAfterSeconds(answer.headers, atMs) ?? 0) * 1_000 : 0
    const repeatedMs = isOfOne && stored.failure === read ? UNANSWERED_MS : 0
    const pauseMs = isOfOne ? repeatedMs : Math.min(HOUR_MS, Math.max(PAUSES_MS[read], asked))
    if (read !== 'not_done') await noteFailure(store, stored, read, atMs, atMs + pauseMs)
    const againMs = isOfOne ? UNANSWERED_MS : read === 'not_done' ? AGAIN_MS : 0
    await endClaim(store, person, atMs + againMs)
    return isLate ? 'not_done' : read
  }
  if (stored.failure !== null) await noteFailure(store, stored, null, atMs, 0)
  const checked = lasting(read, service.name, atMs)
  await keepVerdicts(store, [[person, checked]], sinceMs)
  return checked
}

function present<T>(found: T | undefined): T {
  if (found === undefined) throw new TypeError('an address was not checked')
  return found
}
