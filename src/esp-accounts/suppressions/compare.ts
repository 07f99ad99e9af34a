/** How an entry of the ESP's list and the own list differ. Pure. */
import type { Suppressed, SuppressedReason, SuppressionsDriver } from '../../drivers/driver.ts'
import { reasonAndScope, storedReason } from '../../store/suppression-reasons.ts'
import type { KnownHere, SuppressedHere } from '../../store/suppression-sync.ts'

export type SyncKind =
  | 'same'
  /** Taken in. */
  | 'only_there'
  /** The address is on both lists, and the ESP's reason is missing here. Taken in beside what is here. */
  | 'other_reason'
  /** Lifted here after the ESP's entry, or a bounce whose time was over. Never taken in; removed there by a person, one at a time. */
  | 'ended_here'
  /** Names nobody: an entry that is no address, or several. Never taken in. */
  | 'unreadable'
  /** Sent if wanted. */
  | 'only_here'
  /** Not in the part of its list that the ESP gives. It is not sent, since it may be there. */
  | 'not_listed'
  /** Ends by itself here. It is not sent, since the ESP would keep it for ever. */
  | 'temporary'
  /** The ESP's API does not add such an entry. */
  | 'unsendable'

/**
 * An entry of the ESP. Reasons are not weighed against each other: an address may have several here, and none is replaced. `manual` there
 * says no reason, so that it agrees with any here: what is sent is mostly listed as manual afterwards. Somebody's wish without a time is
 * newer than each lifting. An erasure is no lifting, and an expiry is one of bounces alone.
 *
 * @param wholeScope what stands for all mail there, besides null
 */
export function kindOfTheirs(
  { reason, scope, atMs }: Pick<Suppressed, 'reason' | 'scope' | 'atMs'>,
  { reasons }: Pick<KnownHere, 'reasons'>,
  wholeScope?: string,
): SyncKind {
  const here = reasons.map((one) => ({ ...one, ...reasonAndScope(one.reason) }))
  const blocking = here.filter((one) => one.isInForce && (one.scope === null || one.scope === scope))
  const isNamed = (one: { readonly reason: string }) => reason === 'manual' || one.reason === reason
  if (blocking.some(isNamed)) return 'same'
  const isIts = (one: { readonly scope: string | null }) =>
    one.scope === scope || (one.scope === null && scope === wholeScope)
  const ended = here.filter((one) => isIts(one) && isNamed(one) && (one.isLifted || reason === 'hard_bounce'))
  const endedMs = Math.max(0, ...ended.map((one) => one.endedMs ?? 0))
  const isWish = reason === 'unsubscribe' || reason === 'spam_report'
  if (endedMs > 0 && (atMs ?? (isWish ? Infinity : 0)) <= endedMs)
    return blocking.length > 0 ? 'same' : 'ended_here'
  return blocking.length > 0 ? 'other_reason' : 'only_there'
}

export interface OnlyHere {
  readonly kind: 'only_here' | 'temporary' | 'unsendable'
  /** With which it is sent, or the first one here. */
  readonly reason: SuppressedReason
  readonly scope: string | null
}

/** The worst first: it is sent if the ESP can add it. */
const WORST: readonly SuppressedReason[] = ['spam_report', 'unsubscribe', 'hard_bounce', 'manual']

/**
 * Entries of a person that are here and not there. A scope is compared with the ESP that reported it alone, and not beside an entry for all mail.
 *
 * @param listed scopes of the ESP's entries of the person
 */
export function onlyHere(
  { reasons }: SuppressedHere,
  listed: ReadonlySet<string | null>,
  source: string,
  adds: SuppressionsDriver['adds'],
): OnlyHere[] {
  if (listed.has(null)) return []
  const here = reasons.map((one) => ({ ...one, ...reasonAndScope(one.reason) }))
  const byScope = Map.groupBy(here, ({ scope }) => scope)
  const all = byScope.has(null)
  return [...byScope].flatMap(([scope, ones]): OnlyHere[] => {
    if (listed.has(scope) || (scope !== null && (all || ones.every((one) => one.source !== source))))
      return []
    const lasting = ones.filter(({ ends }) => !ends)
    const named = WORST.filter((reason) =>
      (lasting.length > 0 ? lasting : ones).some((one) => one.reason === reason),
    )
    const reason = named[0] ?? 'manual'
    if (lasting.length === 0) return [{ kind: 'temporary', reason, scope }]
    const sent = [...named, 'manual' as const].find((one) => adds.includes(one))
    return [{ kind: sent === undefined ? 'unsendable' : 'only_here', reason: sent ?? reason, scope }]
  })
}

/** The reason as tables have it. Only unsubscribes and what was added by hand can have a scope here. */
export const storedOf = ({ reason, scope }: Pick<Suppressed, 'reason' | 'scope'>) =>
  storedReason(reason, reason === 'unsubscribe' || reason === 'manual' ? scope : null)

/** `a…@example.com` of ada@example.com. */
export const maskedAddress = (address: string): string =>
  `${String.fromCodePoint(address.codePointAt(0) ?? 0)}…${address.slice(address.lastIndexOf('@'))}`
