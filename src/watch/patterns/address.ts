/**
 * Deliveries that are verified, from a network never seen, at a source whose networks were stable for weeks: somebody else holds the
 * secret. A network beside a known one (the same /16) is the ESP's own growth, and worth an info.
 */
import type { Alert } from '../../event/decision.ts'
import { begunWithin, isOwn, widerNetwork } from '../profile/networks.ts'
import { OTHER } from '../signals/bounded.ts'
import { mostActive } from '../signals/sightings.ts'
import {
  type Finding,
  LEARNING_MINUTES,
  MINUTES_A_DAY,
  type Pattern,
  type Seen,
  features,
} from './pattern.ts'

/** Deliveries of networks that are new, by network. */
interface State {
  readonly fresh: Record<
    string,
    { readonly first: number; last: number; deliveries: number; alerts: number; beside: boolean }
  >
}

/** A delivery from elsewhere may come from a test page that somebody presses twice. */
const DELIVERIES = 3
/** If a check of the address has failed as well, or if they come over some time, fewer are enough. */
const FEW_DELIVERIES = 2
const FEW_MINUTES = 5
const FRESH_MINUTES = MINUTES_A_DAY
const FRESH_MAX = 24
/** More new networks in two weeks than this: the ESP changes them by itself. */
const STABLE_WEEKS_MINUTES = 14 * MINUTES_A_DAY
const STABLE_NETWORKS = 4

export const address: Pattern<'address', State> = {
  kind: 'address',
  quietHours: 12,
  advice: [
    'Look at the deliveries from that network. If the ESP does not name it, rotate the secret now.',
    'If the ESP has announced the network, add it to the source.',
  ],
  initial: () => ({ fresh: {} }),
  step(state, seen) {
    const { minute, signals, profile } = seen
    if (signals.accepted > 0) note(state, seen)
    for (const network in state.fresh) {
      const age = minute - (state.fresh[network]?.first ?? 0)
      if (age > FRESH_MINUTES || age < 0) delete state.fresh[network]
    }
    if (minute - profile.beganMinute < LEARNING_MINUTES) return undefined
    const suspects = Object.entries(state.fresh).filter(([, one]) => isMany(one))
    if (suspects.length === 0) return undefined
    const span = Math.min(STABLE_WEEKS_MINUTES, minute - profile.beganMinute - MINUTES_A_DAY)
    const begun = begunWithin(profile.networks, minute, span)
    const foreign = suspects.filter(([, { beside }]) => !beside)
    const stable = begun - suspects.length < Math.max(STABLE_NETWORKS * (span / STABLE_WEEKS_MINUTES), 2)
    return finding(foreign.length > 0 && stable ? foreign : suspects, foreign.length > 0 && stable)
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

function note(state: State, { minute, signals, profile }: Seen): void {
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
    } else if (known === undefined && Object.keys(state.fresh).length < FRESH_MAX) {
      const deliveries = signals.networks[network] ?? 0
      const beside = isBeside(network, minute, profile)
      state.fresh[network] = { first: minute, last: minute, deliveries, alerts, beside }
    }
  }
}

const isBeside = (network: string, minute: number, { networks }: Seen['profile']): boolean => {
  const wider = widerNetwork(network)
  return Object.entries(networks).some(([name, one]) => widerNetwork(name) === wider && isOwn(one, minute))
}

function finding(
  suspects: readonly [string, State['fresh'][string]][],
  isAlarm: boolean,
): Omit<Finding, 'kind'> {
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
    evidence: `${deliveries} deliveries accepted from ${names.join(', ')}, never seen before`,
  }
}
