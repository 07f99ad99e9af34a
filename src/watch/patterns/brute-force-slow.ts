/** A few wrong proofs an hour for many hours, from networks of one autonomous system. */
import { wrongProofs } from '../signals/attack-refusals.ts'
import { mostActive } from '../signals/window-counts.ts'
import { MINUTES_A_DAY, type Pattern, measured } from './pattern.ts'

/** Wrong proofs of one system, by hour from the Unix epoch. */
interface Failing {
  readonly asn: number
  readonly first: number
  readonly hours: [hour: number, count: number][]
  /** Networks by wrong proofs, bounded. */
  readonly networks: Record<string, number>
}

const HOURS = 24
/** Different hours of a day in which one system failed. Single wrong proofs come from anywhere. */
const FAILING_HOURS = 4
const SYSTEMS_MAX = 32
const NETWORKS_MAX = 4

export const bruteForceSlow: Pattern<{ systems: Failing[] }> = {
  kind: 'brute_force_slow',
  quietHours: 24,
  cause: 'guessing',
  deliveries: 'refused',
  advisedActions: ['block'],
  policyActions: ['block'],
  advice: ['If it is a sender of your own with an old secret, it retries: give it the present one.'],
  initial: () => ({ systems: [] }),
  step(state, { minute, signals }) {
    const hour = Math.floor(minute / 60)
    if (minute % 60 === 0 && state.systems.length > 0) forget(state, hour)
    for (const { asn, network, count } of wrongProofs(signals))
      if (asn !== null) note(state, minute, hour, asn, network, count)
    for (const { asn, first, hours, networks } of state.systems) {
      if (hours.length < FAILING_HOURS) continue
      const failures = hours.reduce((sum, [, count]) => sum + count, 0)
      return {
        severity: 'warning',
        fromMinute: Math.max(first, minute - MINUTES_A_DAY),
        networks: mostActive(Object.entries(networks)),
        ...measured('failed_proofs', failures, 0),
        evidence: `${failures} wrong secrets from AS${asn} in ${hours.length} different hours of a day, usually in 1`,
      }
    }
    return undefined
  },
}

/** Drops hours that are over, and those ahead because the clock was set back. */
function forget(state: { systems: Failing[] }, hour: number): void {
  for (const { hours } of state.systems) {
    const kept = hours.filter(([at]) => at > hour - HOURS && at <= hour)
    hours.splice(0, hours.length, ...kept)
  }
  state.systems = state.systems.filter(({ hours }) => hours.length > 0)
}

function note(
  state: { systems: Failing[] },
  minute: number,
  hour: number,
  asn: number,
  network: string | null,
  count: number,
): void {
  let system = state.systems.find((one) => one.asn === asn)
  if (system === undefined) {
    system = { asn, first: minute, hours: [], networks: {} }
    if (state.systems.length >= SYSTEMS_MAX) state.systems.splice(leastHours(state.systems), 1)
    state.systems.push(system)
  }
  const { networks } = system
  if (network !== null && (network in networks || Object.keys(networks).length < NETWORKS_MAX))
    networks[network] = (networks[network] ?? 0) + count
  const last = system.hours.at(-1)
  if (last?.[0] === hour) last[1] += count
  else if (system.hours.length < HOURS) system.hours.push([hour, count])
}

function leastHours(systems: readonly Failing[]): number {
  let least = 0
  for (const [i, { hours }] of systems.entries())
    if (hours.length < (systems[least]?.hours.length ?? 0)) least = i
  return least
}
