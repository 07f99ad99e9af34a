/**
 * Verdicts about an address in our words, and which knowledge counts: own events, then syntax, lists, DNS, and a verification service last.
 * Nothing here proves that mail will reach somebody: only mail does.
 */
import type { Cause } from '../event/cause/causes.ts'
import { DAY_MS, HOUR_MS } from '../platform/time.ts'

export const VERDICTS = ['deliverable', 'undeliverable', 'risky', 'unknown'] as const
export type Verdict = (typeof VERDICTS)[number]

export const REASONS = [
  'accepted',
  'syntax',
  'no_domain',
  'null_mx',
  'no_mail_server',
  'mailbox_not_found',
  'mailbox_full',
  'mailbox_disabled',
  'rejected',
  'catch_all',
  'disposable',
  'role',
  'spamtrap',
  'complainer',
  'toxic',
  'suppressed',
  'typo',
  'low_quality',
  'new_domain',
  'forwarding',
  'known_bounce',
  'suspected_bounce',
  'greylisted',
  'timeout',
  'unreachable',
  'blocked_probe',
  'not_probed',
  'legal_block',
  'other',
] as const
export type Reason = (typeof REASONS)[number]

/** Null where nobody says. */
export interface Flags {
  readonly disposable: boolean | null
  readonly role: boolean | null
  readonly free: boolean | null
  readonly catch_all: boolean | null
}

export const NO_FLAGS: Flags = { disposable: null, role: null, free: null, catch_all: null }

export interface Judgment {
  readonly verdict: Verdict
  readonly reasons: readonly Reason[]
  readonly flags: Flags
  /** Never used in place of the address by itself. */
  readonly suggestion: string | null
  /** Words of a service, as it gave them. */
  readonly words: readonly string[]
}

/** A judgment that cost a request. */
export interface Checked extends Judgment {
  /** `dns`, or the name of a service. */
  readonly by: string
  readonly checkedAtMs: number
  readonly expiresAtMs: number
}

/** The newest of each, in milliseconds; null if there is none. */
export interface OwnEvents {
  readonly bounce: { readonly atMs: number; readonly cause: Cause | null } | null
  readonly complainedAtMs: number | null
  readonly deliveredAtMs: number | null
}

export const NO_EVENTS: OwnEvents = { bounce: null, complainedAtMs: null, deliveredAtMs: null }

/**
 * How long a verdict counts, by how soon its subject changes: people leave companies within weeks, a closed mailbox rarely opens again. A
 * greylisting server takes the second try.
 */
const LIFE_MS: Readonly<Record<Verdict, number>> = {
  deliverable: 30 * DAY_MS,
  undeliverable: 90 * DAY_MS,
  risky: 14 * DAY_MS,
  unknown: DAY_MS,
}

export const lifeMs = ({ verdict, reasons }: Pick<Judgment, 'verdict' | 'reasons'>): number =>
  reasons.includes('greylisted') ? HOUR_MS : LIFE_MS[verdict]

export const judgment = (
  verdict: Verdict,
  reasons: readonly Reason[],
  more: Partial<Judgment> = {},
): Judgment => ({ verdict, reasons, flags: NO_FLAGS, suggestion: null, words: [], ...more })

const REASON_OF_CAUSE: Readonly<Partial<Record<Cause, Reason>>> = {
  no_mailbox: 'mailbox_not_found',
  no_domain: 'no_domain',
  mailbox_disabled: 'mailbox_disabled',
  mailbox_full: 'mailbox_full',
}

/**
 * The judgment of own events. A newer check of a service stands above an older bounce. A delivery is also there for an address that takes
 * everything, so against an `undeliverable` it only shows that one of both is wrong.
 *
 * @param checked while it counts
 */
export function judgedByEvents(own: OwnEvents, checked: Checked | null, nowMs: number): Checked | undefined {
  const checkedAtMs = checked?.checkedAtMs ?? -Infinity
  const [newest] = claimsOf(own).toSorted((a, b) => b.checkedAtMs - a.checkedAtMs)
  if (newest === undefined || newest.checkedAtMs <= checkedAtMs) return undefined
  if (newest.verdict === 'deliverable' && checked?.verdict === 'undeliverable')
    return {
      ...newest,
      ...judgment('unknown', ['accepted', ...checked.reasons], { words: checked.words }),
      expiresAtMs: checked.expiresAtMs,
    }
  return newest.expiresAtMs > nowMs ? newest : undefined
}

const EVENTS = 'events'

function claimsOf({ bounce, complainedAtMs, deliveredAtMs }: OwnEvents): Checked[] {
  const claim = (atMs: number | null, said: Judgment): Checked[] =>
    atMs === null
      ? []
      : [{ ...said, by: EVENTS, checkedAtMs: atMs, expiresAtMs: atMs + LIFE_MS[said.verdict] }]
  const cause = bounce?.cause ?? null
  const reason = (cause === null ? undefined : REASON_OF_CAUSE[cause]) ?? 'known_bounce'
  return [
    ...claim(
      bounce?.atMs ?? null,
      judgment(reason === 'mailbox_full' ? 'risky' : 'undeliverable', [
        ...new Set<Reason>(['known_bounce', reason]),
      ]),
    ),
    // A person who complained has a mailbox. The suppression list says that nobody may write there.
    ...claim(complainedAtMs, judgment('risky', ['complainer'])),
    ...claim(deliveredAtMs, judgment('deliverable', ['accepted'])),
  ]
}

/** A judgment with the findings of the lists: they never make an address undeliverable, since they have domains of real people as well. */
export function withLists(said: Checked, lists: Pick<Judgment, 'flags' | 'suggestion'>): Checked {
  const either = (name: keyof Flags) => lists.flags[name] === true || (said.flags[name] ?? lists.flags[name])
  const flags: Flags = {
    disposable: either('disposable'),
    role: either('role'),
    free: either('free'),
    catch_all: said.flags.catch_all,
  }
  const suggestion = said.suggestion ?? lists.suggestion
  const more: Reason[] = [
    ...(flags.disposable === true ? (['disposable'] as const) : []),
    ...(suggestion === null ? [] : (['typo'] as const)),
  ]
  const isRisky = flags.disposable === true && ['deliverable', 'unknown'].includes(said.verdict)
  return {
    ...said,
    verdict: isRisky ? 'risky' : said.verdict,
    by: isRisky && lists.flags.disposable === true ? 'lists' : said.by,
    reasons: [...new Set([...said.reasons, ...more])],
    flags,
    suggestion,
  }
}
