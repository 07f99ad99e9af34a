/**
 * Recorded deliveries that are sent again: old ones, from networks that are not the ESP's, or many copies of those just accepted. The
 * backlog after an outage looks alike, so both wait until it is over.
 */
import { isOwn } from '../profile/networks.ts'
import { oldDeliveries } from '../signals/attack-refusals.ts'
import {
  type WindowCounts,
  firstMinute,
  mostActive,
  recordRefused,
  sumsByName,
  totalCount,
} from '../signals/window-counts.ts'
import { type Ring, add, advance, binAt, newRing, onsetMinute, sumOf } from '../statistics/ring.ts'
import { type Found, type Pattern, type PatternInput, measured, sentence } from './pattern.ts'

interface State {
  readonly old: WindowCounts
  readonly copies: Ring
  readonly accepted: Ring
}

const OLD_WINDOW_MINUTES = 60
const OLD = 7
const COPIES_WINDOW_MINUTES = 40
const COPIES = 13
/** Of the deliveries. An ESP repeats a few percent of its own by itself. */
const COPIES_SHARE = 0.25

export const replay: Pattern<State> = {
  kind: 'replay',
  quietHours: 6,
  cause: 'forged',
  deliveries: 'refused',
  advisedActions: ['block', 'raiseLevel', 'pause'],
  policyActions: ['block', 'raiseLevel'],
  advice: [
    'Nothing was counted twice: old deliveries are refused, and copies are acknowledged without effect.',
    'Rotate the secret if you cannot say who recorded the deliveries.',
  ],
  initial: () => ({ old: [], copies: newRing(5, 9), accepted: newRing(5, 9) }),
  step(state, seen) {
    const { minute, signals, profile } = seen
    advance(state.copies, minute)
    advance(state.accepted, minute)
    add(state.copies, signals.duplicates)
    add(state.accepted, signals.accepted)
    const foreign = oldDeliveries(signals).filter(
      ({ network }) => network === null || !isOwn(profile.networks[network], minute),
    )
    recordRefused(state.old, minute, OLD_WINDOW_MINUTES, foreign)
    if (minute < profile.volume.recoveringUntil) return undefined
    return oldOnes(state) ?? copies(state, seen)
  },
}

function oldOnes({ old }: State): Found {
  if (old.length === 0) return undefined
  const sums = sumsByName(old)
  const total = totalCount(old)
  if (total < OLD) return undefined
  return {
    severity: 'warning',
    fromMinute: firstMinute(old, OLD),
    networks: mostActive(sums),
    ...measured('outside_window', total, 0),
    evidence: sentence`${total} deliveries older than the time window in an hour, from ${sums.size === 1 ? 'a network' : `${sums.size} networks`} that the ESP does not use`,
  }
}

function copies(state: State, { profile }: PatternInput): Found {
  const total = sumOf(state.copies, COPIES_WINDOW_MINUTES)
  if (total < COPIES) return undefined
  const accepted = sumOf(state.accepted, COPIES_WINDOW_MINUTES)
  if (total < COPIES_SHARE * accepted) return undefined
  const fromMinute = onsetMinute(
    state.copies,
    COPIES_WINDOW_MINUTES,
    (age) => binAt(state.copies, age) - 0.1 * binAt(state.accepted, age) - 0.1,
  )
  return {
    severity: 'warning',
    fromMinute: Math.max(fromMinute, profile.beganMinute),
    ...measured('duplicates', total, 0.02 * accepted),
    evidence: sentence`${total} copies beside ${accepted} deliveries in ${COPIES_WINDOW_MINUTES} min, usually few`,
  }
}
