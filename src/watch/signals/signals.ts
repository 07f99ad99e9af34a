/** Signals of one source and one minute. A signal is a row of {@link SIGNALS}; CONTRIBUTING says how to add one. */
import { isTimed, reportedMs } from '../../event/identity.ts'
import type { Lacking } from '../../event/lack.ts'
import type { EventRow } from '../../store/stored-event.ts'
import type { Refused } from './attack-refusals.ts'
import { COUNT, COUNTS, type Form, LACKINGS, MEDIAN, REFUSALS } from './forms.ts'

/** Things that signals are counted from. */
export interface Occasions {
  /** An event that was stored. */
  readonly event: EventRow
  /** A delivery that was verified and accepted, by the first of its events. It may hold several. */
  readonly delivery: EventRow
  /** Deliveries that were verified and accepted of a source that only observes. Nothing of them is stored. */
  readonly observed: number
  /** Copies of accepted deliveries. They are no deliveries. */
  readonly copies: number
  /** Items of accepted deliveries that could not be read. They are no events. */
  readonly quarantined: number
  readonly refusal: Refused
  /** Items of accepted deliveries that lack what the ESP normally gives. */
  readonly defect: Lacking
}

type CountedOn<Item> = {
  readonly [On in keyof Occasions]?: (occasion: Occasions[On], add: (item: Item) => void) => void
}

export interface Signal<Value = unknown, Item = unknown, Shown = unknown> {
  readonly form: Form<Value, Item, Shown>
  /** How it is counted. */
  readonly on: CountedOn<Item>
  /** Description in the API. Absent if it is not shown. */
  readonly shown?: string
  /** Absent if it has none. */
  readonly chart?: { readonly title: string; readonly unit: string }
  /** Name in a recording for `npm run detection`, if it is another one there. */
  readonly recordedAs?: string
}

type Shown = { readonly shown: string }

/** Infers the types of a row. */
const signal = <Value, Item, ShownValue>(
  row: Signal<Value, Item, ShownValue> & Shown,
): Signal<Value, Item, ShownValue> & Shown => row
const hidden = <Value, Item>(row: Signal<Value, Item>): Signal<Value, Item> => row

export const SIGNALS = {
  accepted: signal({
    form: COUNT,
    on: { delivery: (_, add) => add(1), observed: (count, add) => add(count) },
    shown: 'Deliveries that were verified and accepted. One may hold several events.',
    chart: { title: 'Accepted deliveries', unit: '' },
  }),
  duplicates: signal({
    form: COUNT,
    on: { copies: (count, add) => add(count) },
    shown: 'Copies of accepted deliveries.',
  }),
  quarantined: signal({
    form: COUNT,
    on: { quarantined: (items, add) => add(items) },
    shown: 'Items of accepted deliveries that could not be read.',
  }),
  refused: signal({
    form: REFUSALS,
    on: { refusal: (refused, add) => add(refused) },
    shown: 'Refused deliveries by code.',
    chart: { title: 'Refused deliveries', unit: '' },
  }),
  defects: signal({
    form: LACKINGS,
    on: { defect: (lacking, add) => add(lacking) },
    shown: 'Items that lack what the ESP normally gives, by what they lack.',
    chart: { title: 'Misread items', unit: '' },
  }),
  events: signal({ form: COUNTS, on: { event: ({ type }, add) => add(type) }, shown: 'Events by type.' }),
  /** The same events by the ESP's own types. */
  nativeTypes: hidden({ form: COUNTS, on: { event: ({ native_type }, add) => add(native_type) } }),
  /** Accepted deliveries by network. */
  networks: hidden({ form: COUNTS, on: { delivery: ({ network }, add) => add(network ?? 'unknown') } }),
  failedChecks: signal({
    form: COUNTS,
    on: { delivery: ({ alerts }, add) => alerts.forEach((alert) => add(alert)) },
    shown: 'Checks that failed and were tolerated, by alert.',
    recordedAs: 'alerts',
  }),
  lagSeconds: signal({
    form: MEDIAN,
    on: {
      event({ event_id, received_at }, add) {
        if (isTimed(event_id)) add(Math.max(0, received_at - reportedMs(event_id)) / 1_000)
      },
    },
    shown: 'Median from occurrence to receipt.',
    chart: { title: 'Lag, from occurrence to receipt', unit: ' s' },
  }),
  bodyBytes: signal({
    form: MEDIAN,
    on: {
      delivery({ bytes }, add) {
        if (bytes !== null) add(bytes)
      },
    },
    shown: 'Median size of a body.',
    recordedAs: 'bytes',
  }),
}

export type SignalName = keyof typeof SIGNALS

type ValueOf<S> = S extends Signal<infer Value, infer _Item, infer _Shown> ? Value : never

export type MinuteSignals = { readonly [Name in SignalName]: ValueOf<(typeof SIGNALS)[Name]> }

export const SIGNAL_ROWS = Object.entries(SIGNALS) as readonly (readonly [SignalName, Signal])[]

const eachSignal = (value: (row: Signal, name: SignalName) => unknown): MinuteSignals =>
  Object.fromEntries(SIGNAL_ROWS.map(([name, row]) => [name, value(row, name)])) as MinuteSignals

/** A minute in which nothing happened. */
export const NOTHING = eachSignal(({ form }) => form.none)

/** Makes a minute of signals safe to learn from: each is bounded by its form. */
export const bounded = (raw: Partial<MinuteSignals>): MinuteSignals =>
  eachSignal(({ form }, name) => form.bounded(raw[name]))

type ShownName = { [Name in SignalName]: (typeof SIGNALS)[Name] extends Shown ? Name : never }[SignalName]

type ShownOf<S> = S extends Signal<infer _Value, infer _Item, infer ShownValue> ? ShownValue : never

/** Signals as charts and the API show them. */
export type ShownSignals = { readonly [Name in ShownName]: ShownOf<(typeof SIGNALS)[Name]> }

export const SHOWN_ROWS = SIGNAL_ROWS.filter(([, { shown }]) => shown !== undefined) as readonly (readonly [
  ShownName,
  Signal & Shown,
])[]

const eachShown = (value: (row: Signal, name: ShownName) => unknown): ShownSignals =>
  Object.fromEntries(SHOWN_ROWS.map(([name, row]) => [name, value(row, name)])) as ShownSignals

export const shownOf = (signals: Partial<MinuteSignals>): ShownSignals =>
  eachShown(({ form }, name) => form.shown(signals[name] ?? form.none))

/** Signals of a time, given those of its minutes. */
export const sumOfShown = (minutes: readonly Partial<ShownSignals>[]): ShownSignals =>
  eachShown(({ form: { as } }, name) => as.sum(minutes.map((one) => one[name] ?? as.none)))

/** Name of a signal in the API and in recordings: `lag_seconds`. */
export const fieldOf = (name: SignalName): string =>
  name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
