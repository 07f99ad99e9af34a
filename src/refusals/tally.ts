/**
 * Counts refusals by the fields that they have in common. The number of counts is bounded, and their sums are exact: past the
 * bound, a group no longer separates all networks, and then no longer all sources. Strangers, holders of a proof and alarms are groups
 * of their own, and so are wrong proofs, so that refusals that say nothing do not hide a guess.
 */
import type { RefusalCount } from './refusal.ts'
import { OTHER } from '../watch/signals/forms.ts'
import { isWrongProof } from '../watch/signals/attack-refusals.ts'

/** Counts of one group that are separated by network. */
const NETWORKS_MAX = 200

/** Counts of one group that are then separated by source. */
const SOURCES_MAX = 200

export class Tally {
  readonly #groups = new Map<string, Group>()
  readonly #sourcesMax: number
  readonly #isByMinute: boolean

  /** @param isByMinute whether minutes are counted apart; else a count has the minute of the last that was added to it */
  constructor(sourcesMax = SOURCES_MAX, isByMinute = true) {
    this.#sourcesMax = sourcesMax
    this.#isByMinute = isByMinute
  }

  add(count: RefusalCount): void {
    const name = `${count.class ?? 'unverified'} ${isWrongProof(count.code)}`
    const group = this.#groups.get(name) ?? new Group(this.#sourcesMax, this.#isByMinute)
    this.#groups.set(name, group)
    group.add(count)
  }

  get counts(): RefusalCount[] {
    return [...this.#groups.values()].flatMap((group) => group.counts)
  }
}

class Group {
  readonly #byNetwork = new Map<string, RefusalCount>()
  readonly #bySource = new Map<string, RefusalCount>()
  /** Counts that are separated by network: how many a network has, and a source. */
  readonly #ofNetwork = new Map<string | null, number>()
  readonly #ofSource = new Map<string | null, number>()
  readonly #sourcesMax: number
  readonly #isByMinute: boolean

  constructor(sourcesMax: number, isByMinute: boolean) {
    this.#sourcesMax = sourcesMax
    this.#isByMinute = isByMinute
  }

  get counts(): RefusalCount[] {
    return [...this.#byNetwork.values(), ...this.#bySource.values()]
  }

  #keyOf({ minute, source, code, network }: RefusalCount): string {
    return JSON.stringify([this.#isByMinute ? minute : 0, source, code, network])
  }

  add(count: RefusalCount): void {
    if (count.network === OTHER) return this.#addToSource(count)
    const key = this.#keyOf(count)
    if (this.#byNetwork.has(key)) return addTo(this.#byNetwork, key, count)
    if (this.#byNetwork.size >= NETWORKS_MAX && !this.#makeRoom(count)) return this.#addToSource(count)
    this.#byNetwork.set(key, count)
    change(this.#ofNetwork, count.network, 1)
    change(this.#ofSource, count.source, 1)
  }

  #addToSource(count: RefusalCount): void {
    const ofSource = { ...count, network: OTHER }
    const key = this.#keyOf(ofSource)
    if (this.#bySource.has(key) || this.#bySource.size < this.#sourcesMax)
      return addTo(this.#bySource, key, ofSource)
    const rest = { ...ofSource, source: null }
    addTo(this.#bySource, this.#keyOf(rest), rest)
  }

  /** Evicts a count of the network or source that takes the most room. @returns false if that is the new count itself */
  #makeRoom({ network, source }: RefusalCount): boolean {
    let most = roomOf((this.#ofNetwork.get(network) ?? 0) + 1, (this.#ofSource.get(source) ?? 0) + 1)
    let largest: string | undefined
    for (const [key, one] of this.#byNetwork) {
      const room = roomOf(this.#ofNetwork.get(one.network) ?? 0, this.#ofSource.get(one.source) ?? 0)
      if (room <= most) continue
      most = room
      largest = key
    }
    const left = largest === undefined ? undefined : this.#byNetwork.get(largest)
    if (largest === undefined || left === undefined) return false
    this.#byNetwork.delete(largest)
    change(this.#ofNetwork, left.network, -1)
    change(this.#ofSource, left.source, -1)
    this.#addToSource(left)
    return true
  }
}

/** A network is worth more than a source: many networks at one source may be an attack, one network at many sources needs no detail. */
const roomOf = (ofNetwork: number, ofSource: number): number => ofNetwork * ofNetwork * ofSource

function addTo(counts: Map<string, RefusalCount>, key: string, count: RefusalCount): void {
  counts.set(key, { ...count, count: count.count + (counts.get(key)?.count ?? 0) })
}

function change(counts: Map<string | null, number>, name: string | null, by: number): void {
  const count = (counts.get(name) ?? 0) + by
  if (count > 0) counts.set(name, count)
  else counts.delete(name)
}
