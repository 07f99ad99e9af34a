/** From which networks a source's deliveries come. Bounded: the network that was silent longest is forgotten first, and the ESP's own last. */
import type { Counts } from '../signals/forms.ts'
import { OTHER } from '../signals/forms.ts'

/** First and last minute, and deliveries since then. */
export interface KnownNetwork {
  first: number
  last: number
  deliveries: number
}

export type Networks = Record<string, KnownNetwork>

const NETWORKS_MAX = 64
const FORGET_MINUTES = 60 * 1440
/** A flood of networks that are new displaces no network of the ESP that was active within this time. */
const KEPT_MINUTES = 14 * 1440

/** A network is the ESP's own once it has brought so much, or has been there for so long. */
const OWN_DELIVERIES = 30
const OWN_MINUTES = 3 * 1440

/** Fewer deliveries are a test page, and no change of networks. */
const STRAY_DELIVERIES = 3

export const isOwn = (one: KnownNetwork | undefined, minute: number): boolean =>
  one !== undefined && (one.deliveries >= OWN_DELIVERIES || minute - one.first >= OWN_MINUTES)

/** Networks that have begun within a span before `minute` and brought more than a stray delivery. */
export function newWithin(networks: Networks, minute: number, spanMinutes: number): number {
  let begun = 0
  for (const name in networks) {
    const one = networks[name]
    if (one !== undefined && one.deliveries >= STRAY_DELIVERIES && minute - one.first < spanMinutes)
      begun += 1
  }
  return begun
}

/** The /16 of an IPv4 network, or the /32 of an IPv6 one. */
export function widerNetwork(network: string): string {
  if (network.includes(':')) return network.split(':').slice(0, 2).join(':')
  return network.split('.').slice(0, 2).join('.')
}

export function learnNetworks(networks: Networks, minute: number, seen: Counts): void {
  let added = false
  for (const name in seen) {
    if (name === OTHER) continue
    const one = networks[name]
    if (one === undefined) {
      networks[name] = { first: minute, last: minute, deliveries: seen[name] ?? 0 }
      added = true
    } else {
      one.last = minute
      one.deliveries += seen[name] ?? 0
    }
  }
  if (added) forget(networks, minute)
}

function forget(networks: Networks, minute: number): void {
  const names = Object.keys(networks)
  for (const name of names)
    if (Math.abs(minute - (networks[name]?.last ?? 0)) > FORGET_MINUTES) delete networks[name]
  const over = Object.keys(networks).length - NETWORKS_MAX
  if (over <= 0) return
  const isKept = (one: KnownNetwork): boolean =>
    one.first === minute || (isOwn(one, minute) && minute - one.last < KEPT_MINUTES)
  const byAge = Object.entries(networks).toSorted(
    ([, a], [, b]) => Number(isKept(a)) - Number(isKept(b)) || a.last - b.last || a.deliveries - b.deliveries,
  )
  for (const [name] of byAge.slice(0, over)) delete networks[name]
}
