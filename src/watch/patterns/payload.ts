/** Bodies that are unlike those of the ESP: many items quarantined, native types never seen, or another size. */
import { nameable } from '../../platform/nameable.ts'
import { type Ring, add, advance, binAt, newRing, onsetMinute, sumOf } from '../statistics/ring.ts'
import { surpriseOfMany } from '../statistics/surprise.ts'
import { OTHER } from '../signals/bounded.ts'
import { totalOf } from '../signals/signals.ts'
import { LEARNING_MINUTES, MINUTES_A_DAY, type Pattern, type Seen, features, percent } from './pattern.ts'
import { type Sizes, newSizes, stepSizes } from './payload/sizes.ts'

interface State {
  readonly quarantined: Ring
  readonly items: Ring
  /** Usual share of items that are quarantined. */
  usual: number
  /** By native type: its first and latest minute, its events since then, and how many of them may be of a type that Postern does not know. */
  readonly types: Record<string, { readonly first: number; last: number; events: number; unknown: number }>
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
const TYPES_MAX = 128
/** A type that was not seen for so long is new again. */
const FORGET_MINUTES = 8 * 7 * MINUTES_A_DAY

export const payload: Pattern<'payload', State> = {
  kind: 'payload',
  quietHours: 6,
  advice: [
    'Look into the quarantine, and at the latest events of that type: is it a change of the ESP, or somebody with the secret?',
    'If the ESP has changed its format, update Postern and replay the quarantine.',
  ],
  initial: () => ({
    quarantined: newRing(5, 36),
    items: newRing(5, 36),
    usual: 0.001,
    types: {},
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
    if (minute - profile.beganMinute < LEARNING_MINUTES) return undefined
    return newType(state, seen) ?? newTypes(state, seen) ?? quarantine(state) ?? size
  },
}

function noteTypes(state: State, { minute, signals }: Seen): void {
  const unknown = signals.events['email.unknown'] ?? 0
  for (const type in signals.nativeTypes) {
    if (type === OTHER) continue
    let known = state.types[type]
    if (known !== undefined && Math.abs(minute - known.last) > FORGET_MINUTES) known = undefined
    const events = signals.nativeTypes[type] ?? 0
    if (known === undefined) {
      makeRoom(state, type)
      add(state.newTypes, 1)
      state.types[type] = { first: minute, last: minute, events, unknown: Math.min(events, unknown) }
      continue
    }
    known.last = minute
    if (known.events >= EVENTS_MAX) continue
    known.events += events
    known.unknown += Math.min(events, unknown)
  }
}

/** The type with the fewest events goes; of those the one that was not seen for longest. */
function makeRoom({ types }: State, forType: string): void {
  const all = Object.entries(types)
  if (forType in types || all.length < TYPES_MAX) return
  const [least] = all.toSorted(([, a], [, b]) => a.events - b.events || a.last - b.last)
  if (least !== undefined) delete types[least[0]]
}

function newType(state: State, { minute, profile }: Seen): ReturnType<typeof payload.step> {
  for (const type in state.types) {
    const one = state.types[type]
    if (one === undefined || (one.events < NEW_TYPE_EVENTS && one.unknown < UNKNOWN_TYPE_EVENTS)) continue
    const age = minute - one.first
    if (age < 0 || age >= NEW_TYPE_MINUTES || one.first - profile.beganMinute < LEARNING_MINUTES) continue
    return {
      severity: 'warning',
      fromMinute: one.first,
      features: features({ name: 'new_native_type', observed: one.events, expected: 0, weight: 1 }),
      evidence: `${one.events} events of ${typeInWords(type)} within a day, never seen before`,
    }
  }
  return undefined
}

function newTypes(state: State, { minute, profile }: Seen): ReturnType<typeof payload.step> {
  // What came in the week of learning was no news.
  const sinceMinutes = Math.min(NEW_TYPE_MINUTES, minute - profile.beganMinute - LEARNING_MINUTES)
  const count = sumOf(state.newTypes, sinceMinutes)
  if (count < NEW_TYPES) return undefined
  return {
    severity: 'warning',
    fromMinute: onsetMinute(state.newTypes, sinceMinutes, (age) => binAt(state.newTypes, age) - 0.1),
    features: features({ name: 'new_native_type', observed: count, expected: 0, weight: 1 }),
    evidence: `events of ${count} types within a day that were never seen before`,
  }
}

/** A type is a part of the payload. It is repeated only if it is a name, since it may hold anything. */
function typeInWords(type: string): string {
  const name = nameable(type)
  return name === '' ? 'one type' : `type ${name}`
}

function quarantine(state: State): ReturnType<typeof payload.step> {
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
    features: features({ name: 'quarantined', observed: count, expected, weight: 1 }),
    evidence: `${count} of ${items} items quarantined in 3 h, usually ${percent(state.usual)}`,
  }
}
