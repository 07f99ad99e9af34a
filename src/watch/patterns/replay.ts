/**
 * Recorded deliveries that are sent again: old ones, from networks that are not the ESP's, or many copies of those just accepted. The
 * backlog after an outage looks alike, so both wait until it is over.
 */
import { isOwn } from '../profile/networks.ts'
import { oldDeliveries } from '../signals/attack-refusals.ts'
import {
  type Sightings,
  firstMinute,
  forgetBefore,
  mostActive,
  sight,
  sumsByName,
  totalOf,
} from '../signals/sightings.ts'
import { type Ring, add, advance, binAt, newRing, onsetMinute, sumOf } from '../statistics/ring.ts'
import { type Pattern, type Seen, features } from './pattern.ts'

interface State {
  readonly old: Sightings
  readonly copies: Ring
  readonly accepted: Ring
}

const OLD_WINDOW_MINUTES = 60
const OLD = 7
const COPIES_WINDOW_MINUTES = 40
const COPIES = 13
/** Of the deliveries. An ESP repeats a few percent of its own by itself. */
const COPIES_SHARE = 0.25

export const replay: Pattern<'replay', State> = {
  kind: 'replay',
  quietHours: 6,
  advice: [
    'Nothing was counted twice: old deliveries are refused, and copies are acknowledged without effect.',
    'Block the network, and rotate the secret if you cannot say who recorded the deliveries.',
  ],
  initial: () => ({ old: [], copies: newRing(5, 9), accepted: newRing(5, 9) }),
  step(state, seen) {
    const { minute, signals, profile } = seen
    advance(state.copies, minute)
    advance(state.accepted, minute)
    add(state.copies, signals.duplicates)
    add(state.accepted, signals.accepted)
    forgetBefore(state.old, minute, OLD_WINDOW_MINUTES)
    for (const { network, count } of oldDeliveries(signals))
      if (network === null || !isOwn(profile.networks[network], minute))
        sight(state.old, minute, network ?? 'unknown', count)
    if (minute < profile.volume.recoveringUntil) return undefined
    return oldOnes(state) ?? copies(state, seen)
  },
}

function oldOnes({ old }: State): ReturnType<typeof replay.step> {
  if (old.length === 0) return undefined
  const sums = sumsByName(old)
  const total = totalOf(sums)
  if (total < OLD) return undefined
  return {
    severity: 'warning',
    fromMinute: firstMinute(old),
    networks: mostActive(sums),
    features: features({ name: 'outside_window', observed: total, expected: 0, weight: 1 }),
    evidence: `${total} deliveries older than the time window in an hour, from ${sums.size === 1 ? 'a network' : `${sums.size} networks`} that the ESP does not use`,
  }
}

function copies(state: State, { profile }: Seen): ReturnType<typeof replay.step> {
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
    features: features({ name: 'duplicates', observed: total, expected: 0.02 * accepted, weight: 1 }),
    evidence: `${total} copies beside ${accepted} deliveries in ${COPIES_WINDOW_MINUTES} min, usually few`,
  }
}
