/**
 * Deliveries that are verified, from a network never seen, at a source whose networks were stable for weeks: somebody else holds the
 * secret. A network beside a known one (the same /16) is the ESP's own growth, and worth an info. Whoever changes the network with each
 * delivery brings many that were never seen: those are counted together.
 */
import type { Alert } from '../../event/decision.ts'
import { newWithin, isOwn, widerNetwork } from '../profile/networks.ts'
import { OTHER } from '../signals/forms.ts'
import { mostActive } from '../signals/window-counts.ts'
import { type Ring, add, advance, newRing, sumOf } from '../statistics/ring.ts'
import { surpriseOfMany } from '../statistics/surprise.ts'
import {
  type Found,
  LEARNING_MINUTES,
  MINUTES_A_DAY,
  type Pattern,
  type PatternInput,
  features,
  measured,
  sentence,
} from './pattern.ts'

interface State {
  /** Deliveries of networks that are new, by network. */
  readonly fresh: Record<
    string,
    { readonly first: number; last: number; deliveries: number; alerts: number; beside: boolean }
  >
  /** Networks of the last day that were never seen and are beside no known one, and how many are usual in a day. */
  readonly strangers: Ring
  usualStrangers: number
}

/** A delivery from elsewhere may come from a test page that somebody presses twice. */
const DELIVERIES = 3
/** If a check of the address has failed as well, or if they come over some time, fewer are enough. */
const FEW_DELIVERIES = 2
const FEW_MINUTES = 5
const FRESH_MINUTES = MINUTES_A_DAY
const FRESH_MAX = 24
/** So many strangers are no accident, however few are usual. */
const STRANGERS = 8
const STRANGERS_SURPRISE = 8
/** Networks come in groups. */
const STRANGERS_SPREAD = 2
const HOUR_MINUTES = 60
const DAY_HOURS = 24
/** A day is learned once it is over. An attack teaches at most three times what is usual. */
const STRANGERS_LEARNING = 1 / (7 * DAY_HOURS)
const STRANGERS_TEACH_MAX = 3
/** More new networks in two weeks than this: the ESP changes them by itself. */
const STABLE_WEEKS_MINUTES = 14 * MINUTES_A_DAY
const STABLE_NETWORKS = 4

export const address: Pattern<State> = {
  kind: 'address',
  quietHours: 12,
  cause: 'forged',
  espSources: 3,
  deliveries: 'verified',
  events: 'all',
  hasNewNetworks: true,
  advisedActions: ['raiseLevel', 'pause', 'rotate'],
  policyActions: ['raiseLevel', 'rotate', 'pause'],
  advice: [
    'Look at the deliveries from that network. If the ESP does not name it, rotate the secret now.',
    'If the ESP has announced the network, add it to the source.',
  ],
  initial: () => ({ fresh: {}, strangers: newRing(HOUR_MINUTES, DAY_HOURS), usualStrangers: 0 }),
  step(state, seen) {
    const { minute, signals, profile } = seen
    advance(state.strangers, minute, (count) => learnStrangers(state, count))
    if (signals.accepted > 0) note(state, seen)
    for (const network in state.fresh) {
      const age = minute - (state.fresh[network]?.first ?? 0)
      if (age > FRESH_MINUTES || age < 0) delete state.fresh[network]
    }
    if (minute - profile.beganMinute < LEARNING_MINUTES) return undefined
    const suspects = Object.entries(state.fresh).filter(([, one]) => isMany(one))
    if (suspects.length === 0) return rotating(state, minute)
    const span = Math.min(STABLE_WEEKS_MINUTES, minute - profile.beganMinute - MINUTES_A_DAY)
    const begun = newWithin(profile.networks, minute, span)
    const foreign = suspects.filter(([, { beside }]) => !beside)
    const stable = begun - suspects.length < Math.max(STABLE_NETWORKS * (span / STABLE_WEEKS_MINUTES), 2)
    if (foreign.length > 0 && stable) return finding(foreign, true)
    return rotating(state, minute) ?? finding(suspects, false)
  },
}

const isMany = ({ deliveries, alerts, first, last }: State['fresh'][string]): boolean =>
  deliveries >= DELIVERIES ||
  (deliveries >= FEW_DELIVERIES && (alerts >= FEW_DELIVERIES || last - first >= FEW_MINUTES))

/** Failed checks of where a delivery comes from. */
const ADDRESS_ALERTS = [
  'source_ip_not_listed',
  'source_ip_blocked',
  'country_not_listed',
  'country_blocked',
  'asn_not_listed',
  'asn_blocked',
] as const satisfies readonly Alert[]

function note(state: State, { minute, signals, profile }: PatternInput): void {
  if (minute === profile.beganMinute) return
  let alerts = 0
  for (const alert of ADDRESS_ALERTS) alerts += signals.failedChecks[alert] ?? 0
  for (const network in signals.networks) {
    const known = profile.networks[network]
    if (network === OTHER) continue
    const fresh = state.fresh[network]
    if (fresh !== undefined) {
      fresh.last = minute
      fresh.deliveries += signals.networks[network] ?? 0
      fresh.alerts += alerts
    } else if (known === undefined || minute - known.first < FRESH_MINUTES) {
      // A network that was evicted before it was judged starts again with the count that its profile has.
      const { first, deliveries } = known ?? { first: minute, deliveries: 0 }
      const beside = isBeside(network, minute, profile)
      if (known === undefined && !beside) add(state.strangers, 1)
      makeRoom(state)
      const brought = deliveries + (signals.networks[network] ?? 0)
      state.fresh[network] = { first, last: minute, deliveries: brought, alerts, beside }
    }
  }
}

/** The least active network goes, so that single deliveries from many do not hide one that goes on. */
function makeRoom({ fresh }: State): void {
  const all = Object.entries(fresh)
  if (all.length < FRESH_MAX) return
  const [least] = all.toSorted(([, a], [, b]) => a.deliveries - b.deliveries || a.last - b.last)
  if (least !== undefined) delete fresh[least[0]]
}

function learnStrangers(state: State, leftInHour: number): void {
  const most = STRANGERS_TEACH_MAX * state.usualStrangers + 1
  state.usualStrangers += STRANGERS_LEARNING * (Math.min(leftInHour * DAY_HOURS, most) - state.usualStrangers)
}

/** Many networks that were never seen, each for a delivery or two. */
function rotating(state: State, minute: number): Found {
  const strangers = sumOf(state.strangers, MINUTES_A_DAY)
  const expected = Math.max(state.usualStrangers, 1)
  if (strangers < STRANGERS) return undefined
  if (surpriseOfMany(strangers, expected, STRANGERS_SPREAD) < STRANGERS_SURPRISE) return undefined
  const latest = Object.entries(state.fresh).filter(([, { beside }]) => !beside)
  return {
    severity: 'warning',
    networks: mostActive(latest.map(([network, one]) => [network, one.deliveries])),
    fromMinute: Math.min(minute, ...latest.map(([, { first }]) => first)),
    ...measured('new_network', strangers, state.usualStrangers),
    evidence: sentence`deliveries accepted from ${strangers} networks never seen before within a day, usually ${Math.round(state.usualStrangers)}`,
  }
}

const isBeside = (network: string, minute: number, { networks }: PatternInput['profile']): boolean => {
  const wider = widerNetwork(network)
  return Object.entries(networks).some(([name, one]) => widerNetwork(name) === wider && isOwn(one, minute))
}

function finding(suspects: readonly [string, State['fresh'][string]][], isAlarm: boolean): Found {
  const deliveries = suspects.reduce((sum, [, one]) => sum + one.deliveries, 0)
  const alerts = suspects.reduce((sum, [, one]) => sum + Math.min(one.alerts, one.deliveries), 0)
  const names = suspects.slice(0, 3).map(([name]) => name)
  return {
    severity: isAlarm ? 'warning' : 'info',
    networks: mostActive(suspects.map(([network, one]) => [network, one.deliveries])),
    fromMinute: Math.min(...suspects.map(([, { first }]) => first)),
    features: features(
      { name: 'new_network', observed: deliveries, expected: 0, weight: deliveries },
      ...(alerts > 0 ? [{ name: 'alerts', observed: alerts, expected: 0, weight: alerts / 2 }] : []),
    ),
    evidence: sentence`${deliveries} deliveries accepted from ${names.join(', ')}, never seen before`,
  }
}
