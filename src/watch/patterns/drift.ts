/**
 * Items that lack what the ESP normally gives: it has changed its payload, or Postern misreads it. What events of a native type lack is
 * compared with what they usually lack, since an ESP may give something in some events only.
 */
import { LACKS, type Lack, type Lacking } from '../../event/lack.ts'
import { OTHER, totalOf } from '../signals/forms.ts'
import { boundedName, typeInWords } from './native-type.ts'
import { type Found, LEARNING_MINUTES, MINUTES_A_DAY, type Pattern, features, percent } from './pattern.ts'

type Lacks = Partial<Record<Lack, number>>

/** Events since the first that lacks something. */
interface Run {
  readonly since: number
  last: number
  events: number
  lacking: number
}

/** Events of a native type, or of the whole source, with items that could not be read. */
interface Shape {
  /** Of the last week: half of it is forgotten after three and a half days. */
  events: number
  readonly lacks: Lacks
  readonly runs: Partial<Record<Lack, Run>>
}

interface Example {
  readonly type: string
  readonly lack: Lack
  readonly example: string
}

interface State {
  beganMinute: number | null
  day: number
  readonly types: Record<string, Shape>
  /** Types without room are in it, too. What is in the nature of a type is not counted as lacking. */
  readonly all: Shape
  /** The latest of what is not in the nature of a type. */
  examples: Example[]
}

/** An ESP has fewer than 40 types, and most events of a source are of ten. */
const TYPES_MAX = 24
const EXAMPLES_MAX = 3
/** A run is as good as new once it has so many events, and over if nothing was lacking for so long. */
const RUN_EVENTS = 40
const RUN_DAYS = 7
/** A run that is told teaches nothing, unless it lasts for longer: then it is what is usual now. */
const TAUGHT_DAYS = 14
const KEPT_A_DAY = 0.5 ** (1 / 3.5)
/** So many events that lack nothing stand for a source that is new. */
const PRIOR_EVENTS = 20
/** A share that is usual from here on is in the nature of the ESP. */
const NATURE = 0.5

interface Rule {
  /** A run grows while more events lack something than usual and this share. */
  readonly share: number
  /** How many more that are before it is told. */
  readonly excess: number
  /** Events that have to teach before what is usual; none if all ESPs give it that are not `nameless`. */
  readonly taught: number
}

const GIVEN: Rule = { share: 0.15, excess: 4, taught: 0 }
const LEARNED: Rule = { share: 0.4, excess: 6, taught: 30 }

interface LackWords {
  readonly rule: Rule
  readonly severity: 'warning' | 'error'
  readonly who: string
  readonly lacks: string
}

const WORDS: Readonly<Record<Lack, LackWords>> = {
  form: { rule: GIVEN, severity: 'error', who: 'items', lacks: 'could not be read' },
  person: {
    rule: GIVEN,
    severity: 'error',
    who: 'bounces, complaints and unsubscribes',
    lacks: 'name no recipient',
  },
  recipient: { rule: GIVEN, severity: 'warning', who: 'events', lacks: 'name no recipient' },
  message_id: { rule: LEARNED, severity: 'warning', who: 'events', lacks: 'have no message id' },
  time: { rule: LEARNED, severity: 'warning', who: 'events', lacks: 'have no time' },
  type: {
    rule: LEARNED,
    severity: 'warning',
    who: 'events',
    lacks: 'are of types that Postern does not know',
  },
}

export const drift: Pattern<State> = {
  kind: 'drift',
  quietHours: 48,
  cause: 'forged',
  espSources: 2,
  deliveries: 'verified',
  events: 'all',
  advisedActions: [],
  policyActions: [],
  advice: [
    'Compare the example with the changelog of the ESP: has it changed its payload? Whom Postern does not find, it does not suppress.',
    'Update Postern to its newest version. Then read again what is in quarantine: postern quarantine replay --all --plan says how much it is.',
    'If the newest version reads it no better, send the example to the authors of Postern. It holds no value, and a payload does.',
  ],
  initial: () => ({ beganMinute: null, day: 0, types: {}, all: newShape(), examples: [] }),
  step(state, { minute, signals }) {
    state.beganMinute ??= minute
    passDay(state, minute)
    if (signals.defects.length === 0 && totalOf(signals.nativeTypes) === 0) return undefined
    const minutes = new Map<Shape, Shape>([[state.all, newShape()]])
    const ofMinute = (type: string): Shape | undefined => {
      const shape = shapeOf(state, type)
      if (shape !== undefined && !minutes.has(shape)) minutes.set(shape, newShape())
      return shape && minutes.get(shape)
    }
    const all = minutes.get(state.all) ?? newShape()
    for (const type in signals.nativeTypes) {
      const events = signals.nativeTypes[type] ?? 0
      const own = ofMinute(type)
      if (own !== undefined) own.events += events
      all.events += events
    }
    // In an outage of the store, gateways report what events lack that are stored later.
    const isStoring = all.events > 0
    const rows = signals.defects.filter(({ lack }) => isStoring || WORDS[lack].rule === GIVEN)
    for (const row of rows) {
      const own = ofMinute(row.type)
      if (own !== undefined) addLacking(own, row)
      if (isOfNature(shapeOf(state, row.type), row.lack)) continue
      addLacking(all, row)
      keepExample(state, row)
    }
    for (const [shape, seen] of minutes) run(shape, seen, minute)
    const found = rows.length === 0 ? undefined : findingOf(state, rows, minute)
    for (const [shape, seen] of minutes) learn(shape, seen, minute)
    return found
  },
}

const newShape = (): Shape => ({ events: 0, lacks: {}, runs: {} })

/** Undefined for what has no name, and for types past the bound. */
function shapeOf({ types }: State, name: string): Shape | undefined {
  if (name === '' || name === OTHER) return undefined
  const type = boundedName(name)
  if (types[type] === undefined && Object.keys(types).length < TYPES_MAX) types[type] = newShape()
  return types[type]
}

function addLacking(shape: Shape, { lack, count }: Lacking): void {
  shape.lacks[lack] = (shape.lacks[lack] ?? 0) + count
  if (lack === 'form') shape.events += count
}

const usualShare = ({ events, lacks }: Shape, lack: Lack): number =>
  (lacks[lack] ?? 0) / (events + PRIOR_EVENTS)

/** Whether it is usual, or not known to be unusual: events of a type that is new may have no message. */
function isOfNature(shape: Shape | undefined, lack: Lack): boolean {
  const { taught } = WORDS[lack].rule
  if (shape === undefined || shape.events < taught) return taught > 0 && lack !== 'type'
  return usualShare(shape, lack) >= NATURE
}

function keepExample(state: State, { type, lack, example }: Lacking): void {
  if (example === undefined) return
  const others = state.examples.filter((one) => one.type !== type || one.lack !== lack)
  state.examples = [...others, { type, lack, example }].slice(-EXAMPLES_MAX)
}

/** Goes on with the runs of a shape, begins new ones, and ends those that came to nothing. */
function run(shape: Shape, seen: Shape, minute: number): void {
  for (const lack of LACKS) {
    const lacking = seen.lacks[lack] ?? 0
    const known = shape.runs[lack]
    if (lacking === 0 && known === undefined) continue
    const one = known ?? { since: minute, last: minute, events: 0, lacking: 0 }
    const scale = one.events > RUN_EVENTS ? RUN_EVENTS / 2 / one.events : 1
    one.events = rounded(one.events * scale + seen.events)
    one.lacking = rounded(one.lacking * scale + lacking)
    if (lacking > 0) one.last = minute
    if (excessOf(shape, lack, one) > 0) shape.runs[lack] = one
    else delete shape.runs[lack]
  }
}

/** How many more lack something than might. Events may be stored later than it is reported what they lack. */
const excessOf = (shape: Shape, lack: Lack, { events, lacking }: Run): number =>
  lacking - (usualShare(shape, lack) + WORDS[lack].rule.share) * Math.max(events, lacking)

/** Whether its run is long enough, and enough is known of what is usual. */
function isTold(shape: Shape, lack: Lack): boolean {
  const one = shape.runs[lack]
  const { excess, taught } = WORDS[lack].rule
  return one !== undefined && shape.events >= taught && excessOf(shape, lack, one) >= excess
}

/** Digits that are not needed would double the stored state. */
const rounded = (count: number): number => Math.round(count * 10) / 10

function learn(shape: Shape, seen: Shape, minute: number): void {
  shape.events = rounded(shape.events + seen.events)
  for (const lack of LACKS) {
    const { since } = shape.runs[lack] ?? { since: minute }
    if (isTold(shape, lack) && minute - since < TAUGHT_DAYS * MINUTES_A_DAY) continue
    const lacking = rounded((shape.lacks[lack] ?? 0) + (seen.lacks[lack] ?? 0))
    if (lacking > 0) shape.lacks[lack] = lacking
  }
}

/** Once a day, a part of what is usual is forgotten, and what was not seen for long is forgotten whole. */
function passDay(state: State, minute: number): void {
  const day = Math.floor(minute / MINUTES_A_DAY)
  if (state.day === day) return
  state.day = day
  for (const shape of [state.all, ...Object.values(state.types)]) {
    shape.events = rounded(shape.events * KEPT_A_DAY)
    for (const lack of LACKS) {
      const lacking = rounded((shape.lacks[lack] ?? 0) * KEPT_A_DAY)
      if (lacking > 0) shape.lacks[lack] = lacking
      else delete shape.lacks[lack]
      if (Math.abs(minute - (shape.runs[lack]?.last ?? minute)) > RUN_DAYS * MINUTES_A_DAY)
        delete shape.runs[lack]
    }
  }
  for (const [type, { events, lacks }] of Object.entries(state.types))
    if (events === 0 && Object.keys(lacks).length === 0) delete state.types[type]
}

/** Runs of one lack that are to be told. */
interface Told {
  readonly lack: Lack
  /** Empty for the whole source. */
  readonly types: readonly string[]
  readonly lacking: number
  readonly events: number
  readonly usual: number
  readonly since: number
}

function findingOf(state: State, rows: readonly Lacking[], minute: number): Found {
  const isYoung = minute - (state.beganMinute ?? minute) < LEARNING_MINUTES
  const told = LACKS.filter((lack) => !isYoung || WORDS[lack].rule === GIVEN).flatMap(
    (lack): readonly Told[] => {
      const types = [...new Set(rows.flatMap((row) => (row.lack === lack ? row.type : [])))]
      if (types.length === 0) return []
      const ofTypes = types.flatMap((type) => toldOf(shapeOf(state, type), lack, [type]))
      // The whole source is told if no type says it by itself.
      return ofTypes.length > 0 ? [joined(lack, ofTypes)] : toldOf(state.all, lack, [])
    },
  )
  const [lead] = told
  if (lead === undefined) return undefined
  const examples = state.examples.filter(({ lack }) => lack === lead.lack)
  const { example } =
    examples.findLast(({ type }) => lead.types.includes(type)) ??
    examples.at(-1) ??
    state.examples.at(-1) ??
    {}
  return {
    severity: WORDS[lead.lack].severity,
    fromMinute: Math.min(...told.map(({ since }) => since)),
    features: features(
      ...told.map(({ lack, lacking, events, usual }) => ({
        name: `lacking_${lack}_share`,
        observed: lacking / events,
        expected: usual,
        weight: lacking,
      })),
    ),
    evidence: `${rows[0]?.provider ?? ''}: ${told.map(inWords).join('; ')}`,
    ...(example !== undefined && { example }),
  }
}

function toldOf(shape: Shape | undefined, lack: Lack, types: readonly string[]): readonly Told[] {
  const one = shape?.runs[lack]
  if (shape === undefined || one === undefined || !isTold(shape, lack)) return []
  const events = Math.max(one.events, one.lacking)
  return [{ lack, types, lacking: one.lacking, events, usual: usualShare(shape, lack), since: one.since }]
}

function joined(lack: Lack, all: readonly Told[]): Told {
  const sum = (of: (one: Told) => number): number => all.reduce((total, one) => total + of(one), 0)
  const events = sum((one) => one.events)
  return {
    lack,
    types: all.flatMap(({ types }) => types),
    lacking: sum(({ lacking }) => lacking),
    events,
    usual: sum((one) => one.usual * one.events) / events,
    since: Math.min(...all.map(({ since }) => since)),
  }
}

/** `5 of 5 events of type opened have no time, usually none`. */
function inWords({ lack, types, lacking, events, usual }: Told): string {
  const [type, ...others] = types
  const more = others.length === 0 ? '' : ` and ${others.length} more`
  const of = type === undefined ? '' : ` of ${typeInWords(type)}${more}`
  const { who, lacks } = WORDS[lack]
  const before = usual < 0.001 ? 'none' : percent(usual)
  return `${Math.round(lacking)} of ${Math.round(events)} ${who}${of} ${lacks}, usually ${before}`
}
