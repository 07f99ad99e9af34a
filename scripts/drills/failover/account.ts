/** Cost of an outage: computed from what was sent, what is stored, and what the destination got. */
import { type Answer, type Sent, isTemporary } from './load.ts'
import type { SourceKind } from './parts.ts'

export interface Seen {
  readonly sent: readonly Sent[]
  /** How often the event about each recipient is stored. */
  readonly stored: ReadonlyMap<string, number>
  /** How often the event about each recipient came to the destination. */
  readonly received: ReadonlyMap<string, number>
}

export interface Account {
  readonly deliveries: number
  readonly events: number
  /** Events of deliveries that got a 200. */
  readonly accepted: number
  /** Tries that got no 200. */
  readonly refusals: number
  /** Deliveries by their source, and how many of them were accepted at the first try. */
  readonly bySource: Readonly<Partial<Record<SourceKind, { readonly sent: number; readonly atOnce: number }>>>
  /** Deliveries that an ESP would give up, since the answer was no temporary one. */
  readonly refusedForGood: number
  /** Deliveries that were not accepted until the drill gave up. */
  readonly neverAccepted: number
  /** Events that got a 200 and are not stored. */
  readonly lost: number
  readonly storedTwice: number
  /** Events that are stored and did not come to the destination. */
  readonly undelivered: number
  readonly deliveredAgain: number
  /** The longest that an ESP had to try. */
  readonly longestMs: number
}

export function accountOf({ sent, stored, received }: Seen): Account {
  const all = sent.flatMap(({ answers }) => answers)
  const accepted = acceptedOf(sent)
  const wasSent = sent.flatMap(({ recipients }) => recipients)
  const spans = sent.map(({ answers }) => (answers.at(-1)?.atMs ?? 0) - (answers[0]?.atMs ?? 0))
  return {
    deliveries: sent.length,
    events: wasSent.length,
    accepted: accepted.length,
    refusals: all.filter(({ status }) => status !== 200).length,
    bySource: bySource(sent),
    refusedForGood: sent.filter(({ answers }) => last(answers) !== 200 && !isTemporary(last(answers))).length,
    neverAccepted: sent.filter(({ answers }) => last(answers) !== 200 && isTemporary(last(answers))).length,
    lost: accepted.filter((id) => !stored.has(id)).length,
    storedTwice: wasSent.filter((id) => (stored.get(id) ?? 0) > 1).length,
    undelivered: wasSent.filter((id) => stored.has(id) && !received.has(id)).length,
    deliveredAgain: wasSent.filter((id) => (received.get(id) ?? 0) > 1).length,
    longestMs: Math.max(0, ...spans),
  }
}

/** Recipients of the events that got a 200. */
export const acceptedOf = (sent: readonly Sent[]): string[] =>
  sent.filter(({ answers }) => last(answers) === 200).flatMap(({ recipients }) => recipients)

const last = (answers: readonly Answer[]): number => answers.at(-1)?.status ?? 0

function bySource(all: readonly Sent[]): Account['bySource'] {
  const sums: Partial<Record<SourceKind, { sent: number; atOnce: number }>> = {}
  for (const { kind, answers } of all) {
    const sum = (sums[kind] ??= { sent: 0, atOnce: 0 })
    sum.sent += 1
    if (answers[0]?.status === 200) sum.atOnce += 1
  }
  return sums
}
