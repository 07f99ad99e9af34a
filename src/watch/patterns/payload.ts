/** Bodies that are unlike those of the ESP: many items quarantined, native types never seen, or another size. */
import { type Ring, add, advance, binAt, newRing, onsetMinute, sumOf } from '../statistics/ring.ts'
import { surpriseOfMany } from '../statistics/surprise.ts'
import { OTHER, totalOf } from '../signals/forms.ts'
import { boundedName, typeInWords } from './native-type.ts'
import {
  type Found,
  LEARNING_MINUTES,
  MINUTES_A_DAY,
  type Pattern,
  type PatternInput,
  measured,
  percent,
  sentence,
} from './pattern.ts'
import { type Sizes, newSizes, stepSizes } from './payload/sizes.ts'

/** A list, since the names of fields would take most of the state. The day is the latest, as the watch counts them. */
type Type = readonly [firstMinute: number, day: number, events: number, unknown: number]

interface State {
  readonly quarantined: Ring
  readonly items: Ring
  /** Usual share of items that are quarantined. */
  usual: number
  /** By native type. Unknown are those of its first events that may be of a type which Postern does not know. */
  readonly types: Record<string, Type>
  /** Minutes that were watched. A clock that jumps does not change them, so it makes no type forgotten. */
  watchedMinutes: number
  /** Types that were never seen, by the hour. */
  readonly newTypes: Ring
  readonly sizes: Sizes
}

const WINDOW_MINUTES = 180
const QUARANTINED = 8
/** A source that quarantines more than this is unlike itself, however busy it is. */
const QUARANTINED_SHARE = 0.01
const SURPRISE = 9
const SPREAD = 2
const LEARNING = 1 / 5000

/** A deployment of the ESP brings a single event of a type that is new. A rare type that Postern knows may come first after weeks. */
const UNKNOWN_TYPE_EVENTS = 3
const NEW_TYPE_EVENTS = 5
const EVENTS_MAX = 1e9
const NEW_TYPE_MINUTES = MINUTES_A_DAY
/** So many new types in a day are one thing, however few events each has. */
const NEW_TYPES = 8
const HOUR_MINUTES = 60
const DAY_HOURS = 24
/** An ESP has fewer than 40. A source with more than these never ceases to have new ones. */
const TYPES_MAX = 48
/** A type that was not seen for so many days of the watch is new again. */
const FORGET_DAYS = 8 * 7

export const payload: Pattern<State> = {
  kind: 'payload',
  quietHours: 6,
  cause: 'forged',
  espSources: 3,
  deliveries: 'verified',
  events: 'all',
  advisedActions: ['raiseLevel', 'pause'],
  policyActions: ['raiseLevel', 'pause'],
  advice: [
    'Look into the quarantine, and at the latest events of that type: is it a change of the ESP, or somebody with the secret?',
    'If the ESP has changed its format, update Postern and replay the quarantine.',
  ],
  initial: () => ({
    quarantined: newRing(5, 36),
    items: newRing(5, 36),
    usual: 0.001,
    types: {},
    watchedMinutes: 0,
    newTypes: newRing(HOUR_MINUTES, DAY_HOURS),
    sizes: newSizes(),
  }),
  step(state, seen) {
    const { minute, signals, profile } = seen
    advance(state.quarantined, minute)
    advance(state.items, minute)
    advance(state.newTypes, minute)
    const items = totalOf(signals.events) + signals.quarantined
    add(state.quarantined, signals.quarantined)
    add(state.items, items)
    if (items > 0) {
      const weight = Math.min(items * LEARNING, 0.01)
      state.usual += weight * (Math.min(signals.quarantined / items, 2 * state.usual + 0.002) - state.usual)
    }
    const size = stepSizes(state.sizes, seen)
    noteTypes(state, seen)
    state.watchedMinutes += 1
    if (minute - profile.beganMinute < LEARNING_MINUTES) return undefined
    return newType(state, seen) ?? newTypes(state, seen) ?? quarantine(state) ?? size
  },
}

function noteTypes(state: State, { minute, signals }: PatternInput): void {
  const unknown = signals.events['email.unknown'] ?? 0
  const day = Math.floor(state.watchedMinutes / MINUTES_A_DAY)
  for (const name in signals.nativeTypes) {
    if (name === OTHER) continue
    const type = boundedName(name)
    let known = state.types[type]
    if (known !== undefined && day - known[1] > FORGET_DAYS) known = undefined
    if (known === undefined) {
      makeRoom(state, type)
      add(state.newTypes, 1)
    }
    const [first, , before, unknownBefore] = known ?? [minute, day, 0, 0]
    const events = signals.nativeTypes[name] ?? 0
    state.types[type] = [
      first,
      day,
      Math.min(before + events, EVENTS_MAX),
      Math.min(unknownBefore + Math.min(events, unknown), UNKNOWN_TYPE_EVENTS),
    ]
  }
}

/** The type with the fewest events goes; of those the one that was not seen for longest. */
function makeRoom({ types }: State, forType: string): void {
  const all = Object.entries(types)
  if (forType in types || all.length < TYPES_MAX) return
  const [least] = all.toSorted(
    ([, [, aDay, aEvents]], [, [, bDay, bEvents]]) => aEvents - bEvents || aDay - bDay,
  )
  if (least !== undefined) delete types[least[0]]
}

function newType(state: State, { minute, profile }: PatternInput): Found {
  for (const [type, [first, , events, unknown]] of Object.entries(state.types)) {
    if (events < NEW_TYPE_EVENTS && unknown < UNKNOWN_TYPE_EVENTS) continue
    const age = minute - first
    if (age < 0 || age >= NEW_TYPE_MINUTES || first - profile.beganMinute < LEARNING_MINUTES) continue
    return {
      severity: 'warning',
      fromMinute: first,
      ...measured('new_native_type', events, 0),
      evidence: sentence`${events} events of ${typeInWords(type)} within a day, never seen before`,
    }
  }
  return undefined
}

function newTypes(state: State, { minute, profile }: PatternInput): Found {
  // Types that were first seen in the week of learning are not new.
  const sinceMinutes = Math.min(NEW_TYPE_MINUTES, minute - profile.beganMinute - LEARNING_MINUTES)
  const count = sumOf(state.newTypes, sinceMinutes)
  if (count < NEW_TYPES) return undefined
  return {
    severity: 'warning',
    fromMinute: onsetMinute(state.newTypes, sinceMinutes, (age) => binAt(state.newTypes, age) - 0.1),
    ...measured('new_native_type', count, 0),
    evidence: sentence`events of ${count} types within a day that were never seen before`,
  }
}

function quarantine(state: State): Found {
  const count = sumOf(state.quarantined, WINDOW_MINUTES)
  if (count < QUARANTINED) return undefined
  const items = sumOf(state.items, WINDOW_MINUTES)
  const expected = Math.max(items * state.usual, 0.5)
  if (count < items * QUARANTINED_SHARE || surpriseOfMany(count, expected, SPREAD) < SURPRISE)
    return undefined
  return {
    severity: 'warning',
    fromMinute: onsetMinute(
      state.quarantined,
      WINDOW_MINUTES,
      (age) => binAt(state.quarantined, age) - 2 * state.usual * binAt(state.items, age) - 0.1,
    ),
    ...measured('quarantined', count, expected),
    evidence: sentence`${count} of ${items} items quarantined in 3 h, usually ${percent(state.usual)}`,
  }
}
