/**
 * Decides by the policy whether the bounces of a person suppress her. The answer depends on the set of her bounces and deliveries alone,
 * never on the order in which they came, so it can be given anew at any time.
 */
import type { Cause } from '../../event/cause/causes.ts'
import { DAY_MS } from '../../platform/time.ts'
import type { Policy, Rule } from './document.ts'

/** Reasons that the policy decides about. */
export const BOUNCE_REASONS = ['hard_bounce', 'soft_bounces'] as const
export type BounceReason = (typeof BOUNCE_REASONS)[number]

export interface Bounce {
  readonly id: string
  readonly atMs: number
  readonly source: string
  readonly reason: BounceReason
  readonly cause: Cause | null
  /** Id of its message, if it has one. */
  readonly message: string | null
  /** Whether it is part of a sudden wave of `no_mailbox` at its mailbox provider. */
  readonly isOfWave: boolean
}

export interface Delivery {
  readonly atMs: number
  readonly source: string
}

/** An entry whose bounces are not known here: an older version, an import or a backup made it. It keeps its terms. */
export interface Fixed {
  readonly reason: BounceReason
  readonly sinceMs: number
  readonly asOfMs: number
  readonly expiresAtMs: number | null
  /** From 0; null for an entry that no rule made. */
  readonly rule: number | null
  readonly isProvisional: boolean
}

export interface Evidence {
  /** In the order of their times. */
  readonly bounces: readonly Bounce[]
  /** In any order. Only those since {@link Judgment.deliveriesFromMs} count. */
  readonly deliveries: readonly Delivery[]
  readonly fixed: readonly Fixed[]
  /** When each reason was last lifted: older bounces do not count. */
  readonly liftedMs: Readonly<Record<BounceReason, number>>
}

export interface Entry {
  /** Null for one that is {@link Fixed}. */
  readonly first: Bounce | null
  readonly sinceMs: number
  /** Time of the newest evidence. */
  readonly asOfMs: number
  /** From 0; null for an entry that no rule made. */
  readonly rule: number | null
  /** Null for never. It may be over. */
  readonly expiresAtMs: number | null
  readonly isProvisional: boolean
}

export interface Judgment {
  readonly entries: Readonly<Record<BounceReason, Entry | null>>
  /** Since when deliveries can change the answer; null if none can. */
  readonly deliveriesFromMs: number | null
}

/** A moment at which a rule suppresses: of a bounce, or of a fixed entry. */
interface Decisive {
  readonly first: Bounce | null
  readonly atMs: number
  readonly asOfMs: number
  readonly rule: number | null
  readonly fixed: Fixed | null
  /** First bounce of the run. */
  readonly fromMs: number
}

export function judge(policy: Policy, evidence: Evidence): Judgment {
  const decisive = decisiveOf(policy, evidence)
  const entries = Object.fromEntries(
    BOUNCE_REASONS.map((reason) => [
      reason,
      entryOf(
        policy,
        decisive.filter((one) => (one.first ?? one.fixed)?.reason === reason),
        evidence.deliveries,
      ),
    ]),
  ) as Record<BounceReason, Entry | null>
  const sensitive = decisive.filter((one) => one.fromMs < one.atMs || isLiftable(policy, one))
  return {
    entries,
    deliveriesFromMs: sensitive.length === 0 ? null : Math.min(...sensitive.map(({ fromMs }) => fromMs)),
  }
}

/** Position of the first rule that is about a bounce; -1 if none is. */
export const ruleOf = (
  { rules }: Policy,
  { reason, cause, source }: Pick<Bounce, 'reason' | 'cause' | 'source'>,
): number =>
  rules.findIndex(
    (rule) =>
      rule.type === 'email.bounced' &&
      (rule.bounce === undefined || rule.bounce === (reason === 'hard_bounce' ? 'hard' : 'soft')) &&
      (rule.cause === undefined || rule.cause.includes(cause)) &&
      (rule.source === undefined || rule.source.includes(source)),
  )

function decisiveOf(policy: Policy, { bounces, deliveries, fixed, liftedMs }: Evidence): readonly Decisive[] {
  const counting = bounces.filter(({ reason, atMs }) => atMs >= liftedMs[reason])
  const byRule = Map.groupBy(counting, (bounce) => ruleOf(policy, bounce))
  const found = [...byRule].flatMap(([nr, ones]): readonly Decisive[] => {
    const suppress = policy.rules[nr]?.suppress ?? 'no'
    if (suppress === 'no') return []
    if (suppress === 'at_once') return ones.map((bounce) => decisiveBy(bounce, nr, bounce.atMs))
    return [...Map.groupBy(ones, ({ source }) => source)].flatMap(([source, ofSource]) =>
      ends(
        suppress,
        ofSource,
        deliveries.filter((one) => one.source === source),
      ).map(([end, fromMs]) => decisiveBy(end, nr, fromMs)),
    )
  })
  const kept = fixed.map((one): Decisive => ({
    first: null,
    atMs: one.sinceMs,
    asOfMs: one.asOfMs,
    rule: one.rule,
    fixed: one,
    fromMs: one.sinceMs,
  }))
  return [...kept, ...found].toSorted(
    (a, b) => a.atMs - b.atMs || compareText(a.first?.id ?? '', b.first?.id ?? ''),
  )
}

const decisiveBy = (bounce: Bounce, rule: number, fromMs: number): Decisive => ({
  first: bounce,
  atMs: bounce.atMs,
  asOfMs: bounce.atMs,
  rule,
  fixed: null,
  fromMs,
})

const compareText = (a: string, b: string): number => (a < b ? -1 : Number(a > b))

/** The bounces that complete a run, each with the time of the first of its run. A delivery of the same time came before a bounce. */
function ends(
  run: Extract<Rule['suppress'], object>,
  bounces: readonly Bounce[],
  deliveries: readonly Delivery[],
): readonly (readonly [Bounce, number])[] {
  const counted = run.each === 'event' ? bounces : oneADay(bounces)
  const deliveredMs = deliveries.map(({ atMs }) => atMs).toSorted((a, b) => a - b)
  return counted.flatMap((end, i): readonly (readonly [Bounce, number])[] => {
    const brokenMs = deliveredMs.findLast((atMs) => atMs <= end.atMs) ?? -1
    const fromMs = Math.max(end.atMs - run.span_days * DAY_MS, brokenMs)
    const members = counted.slice(0, i + 1).filter(({ atMs }) => atMs >= fromMs)
    const firstMs = members[0]?.atMs ?? end.atMs
    const isLong = end.atMs - firstMs >= run.min_age_days * DAY_MS
    return members.length >= run.count && isLong ? [[end, firstMs]] : []
  })
}

/** The first bounce of each message, and of these the first of each UTC day. */
function oneADay(bounces: readonly Bounce[]): readonly Bounce[] {
  const ofMessages = firstOfEach(bounces, ({ message, id }) => message ?? id)
  return firstOfEach(ofMessages, ({ atMs }) => String(Math.floor(atMs / DAY_MS)))
}

const firstOfEach = (bounces: readonly Bounce[], keyOf: (bounce: Bounce) => string): readonly Bounce[] =>
  [...Map.groupBy(bounces, keyOf).values()].flatMap((ones) => ones.slice(0, 1))

type Episode = Entry & { readonly by: Decisive }

/** The last entry of a reason: each begins with a bounce after the one before was over, or was lifted by a delivery. */
function entryOf(
  policy: Policy,
  decisive: readonly Decisive[],
  deliveries: readonly Delivery[],
): Entry | null {
  const episodes: Episode[] = []
  for (const one of decisive) {
    const entry = episodes.at(-1)
    const isOver =
      entry !== undefined && (one.atMs >= endOf(entry) || isLifted(policy, entry, deliveries, one.atMs))
    // A provisional entry that nothing confirmed is no first time.
    const isAgain = episodes.slice(0, isOver ? undefined : -1).some(({ isProvisional }) => !isProvisional)
    const { first, atMs: sinceMs, asOfMs, rule } = one
    const next = { first, sinceMs, asOfMs, rule, ...termOf(policy, one, isAgain), by: one }
    if (entry === undefined || isOver) episodes.push(next)
    else episodes[episodes.length - 1] = joined(entry, next)
  }
  const last = episodes.at(-1)
  if (last === undefined || isLifted(policy, last, deliveries, Infinity)) return null
  const { by: _by, ...entry } = last
  return entry
}

/** One entry of both: it has the longer term, and begins where the first does. */
function joined(entry: Episode, next: Episode): Episode {
  const longer = endOf(next) > endOf(entry) ? next : entry
  const { first, sinceMs } = entry
  return { ...longer, first, sinceMs, asOfMs: Math.max(entry.asOfMs, next.asOfMs) }
}

const endOf = ({ expiresAtMs }: Pick<Entry, 'expiresAtMs'>): number => expiresAtMs ?? Infinity

const isLifted = (
  policy: Policy,
  { by, asOfMs }: { readonly by: Decisive; readonly asOfMs: number },
  deliveries: readonly Delivery[],
  untilMs: number,
): boolean =>
  isLiftable(policy, by) &&
  deliveries.some(({ source, atMs }) => source === by.first?.source && atMs > asOfMs && atMs <= untilMs)

const isOfWave = (policy: Policy, { first, rule }: Decisive): boolean =>
  first?.isOfWave === true && policy.rules[rule ?? -1]?.provisional_on_spike_days !== undefined

function isLiftable(policy: Policy, one: Decisive): boolean {
  if (one.first === null) return false
  const lifts = policy.recovery.delivered_after_lifts
  const { reason, cause } = one.first
  return (
    isOfWave(policy, one) ||
    lifts.includes(reason === 'hard_bounce' ? 'hard' : 'soft') ||
    (cause !== null && lifts.includes(cause))
  )
}

function termOf(
  policy: Policy,
  one: Decisive,
  isAgain: boolean,
): Pick<Entry, 'expiresAtMs' | 'isProvisional'> {
  if (one.fixed !== null) return one.fixed
  const rule = policy.rules[one.rule ?? -1]
  if (isOfWave(policy, one))
    return { expiresAtMs: one.atMs + (rule?.provisional_on_spike_days ?? 0) * DAY_MS, isProvisional: true }
  const days = (isAgain ? rule?.again_days : undefined) ?? rule?.expires_days ?? 'never'
  return { expiresAtMs: days === 'never' ? null : one.atMs + days * DAY_MS, isProvisional: false }
}
