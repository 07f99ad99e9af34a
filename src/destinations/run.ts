/**
 * One run of a destination: sends what is due, then what is new, until nothing is left or its time is over. Read this first.
 *
 * A page is settled when each of its deliveries was accepted by the endpoint or has a row in `waiting`. The position moves in the
 * transaction that writes those rows. So if the object dies, some deliveries are sent again, and none is left out.
 */
import { goBackAfterRestore } from './after-restore.ts'
import { type Opened, deliveryOf } from './send/deliveries.ts'
import { Endpoint } from './endpoint.ts'
import { WAITING_MAX, readyOnes, sendDue, settle } from './retries.ts'
import { groupsOf } from './send/groups.ts'
import { isOriginal, takeRequests } from './requests.ts'
import type { RunDeps } from './run-deps.ts'
import { probeErasure, tellErasures } from './tell-erasures.ts'
import { sendPage } from './send/send-page.ts'
import { Track, type TrackPage } from './track.ts'
import { chooseProbe, isOfWellSource } from './probes.ts'
import {
  MAIN,
  REPLAY,
  fullSources,
  rejoin,
  separate,
  separateSources,
  sourceOf,
  sourceReader,
} from './readers.ts'

/** So many events that probes delivered are remembered. Others are sent again when their reader comes to them. */
const AHEAD_MAX = 100

/** Pages in which a probe of an ordered destination is looked for. */
const ORDERED_PAGES_MAX = 8

type Read = Pick<TrackPage, 'isLast' | 'batchDueAtMs'>

interface NewProbe {
  readonly reader: string
  readonly chosen: Opened
  readonly isOfWellSource: boolean
}

export class Run {
  readonly #deps: RunDeps
  readonly #endpoint: Endpoint
  readonly #tracks = new Map<string, Track>()

  constructor(deps: RunDeps) {
    this.#deps = deps
    this.#endpoint = new Endpoint(deps)
  }

  /** @returns when to run again, see `Runner` */
  async all(): Promise<number | null> {
    const { memory, nowMs, pacer, destination } = this.#deps
    const endpoint = this.#endpoint
    if (!isOriginal(destination)) await goBackAfterRestore(this.#deps, MAIN)
    for (;;) {
      if (endpoint.isDisabled()) return null
      if (endpoint.leftMs() === 0 || pacer.waitMs() > endpoint.leftMs()) return pacer.waitMs()
      const probeAtMs = endpoint.probeAtMs()
      if (probeAtMs !== null) {
        if (probeAtMs > nowMs()) return probeAtMs - nowMs()
        if (!(await this.#probe())) return null
        continue
      }
      if (this.#takeTurn() === 'due') {
        await tellErasures(endpoint, this.#deps)
        await sendDue(endpoint, this.#deps)
        continue
      }
      const pages = memory.waiting.counts().waiting >= WAITING_MAX ? [] : await this.#sendNew()
      const isDue = this.#dueTimes().some((ms) => ms <= nowMs())
      if (!isDue && pages.every(({ isLast }) => isLast)) return this.#nextRunMs(pages)
    }
  }

  /** Deliveries that are due and answered slowly would else take the time of each run, and nothing new would be sent. */
  #takeTurn(): 'due' | 'new' {
    const { memory } = this.#deps
    const { turn } = memory.state
    memory.state = { ...memory.state, turn: turn === 'due' ? 'new' : 'due' }
    return turn
  }

  #nextRunMs(pages: readonly Read[]): number | null {
    const times = [...this.#dueTimes(), ...pages.flatMap(({ batchDueAtMs }) => batchDueAtMs ?? [])]
    return times.length === 0 ? null : Math.max(1, Math.min(...times) - this.#deps.nowMs())
  }

  /** When the next of what waits is due. */
  #dueTimes(): number[] {
    const { waiting, erasures } = this.#deps.memory
    return [waiting.nextDueAtMs(), erasures.nextDueAtMs()].filter((ms) => ms !== null)
  }

  /** A page of each reader, so that a replay does not wait for the end of live traffic, nor the other way round. */
  async #sendNew(): Promise<Read[]> {
    if (isOriginal(this.#deps.destination))
      return [{ isLast: await takeRequests(this.#deps), batchDueAtMs: null }]
    const pages: Read[] = []
    for (const reader of await this.#readers()) {
      const track = this.#track(reader)
      if (track === undefined) continue
      const isOfSource = sourceOf(reader) !== undefined
      // The next run would read the events of a batch that is not full again.
      const page = await track.next(isOfSource || this.#endpoint.isEnding())
      if (!(await sendPage(page, track, this.#endpoint, this.#deps))) {
        // Tracks have read past the settled position, so they must read again.
        this.#tracks.clear()
        return [{ ...page, isLast: false }]
      }
      if (reader === REPLAY && page.isLast && page.batchDueAtMs === null) await this.#endReplay()
      // The main reader has gone on meanwhile.
      if (isOfSource && page.isLast) this.#tracks.delete(reader)
      pages.push({ ...page, isLast: page.isLast && !isOfSource })
    }
    return pages
  }

  /** Names of the readers that may send now. */
  async #readers(): Promise<string[]> {
    const { memory } = this.#deps
    const full = fullSources(memory)
    let hasChanged = await separate(full, memory)
    const own: string[] = []
    for (const source of separateSources(memory)) {
      if (full.has(source)) continue
      if (await rejoin(source, memory)) hasChanged = true
      else own.push(sourceReader(source))
    }
    // The main reader has other sources now.
    if (hasChanged) this.#tracks.clear()
    return [MAIN, REPLAY, ...own]
  }

  #track(reader: string): Track | undefined {
    const track = this.#tracks.get(reader) ?? Track.open(reader, this.#deps)
    if (track !== undefined) this.#tracks.set(reader, track)
    return track
  }

  async #endReplay(): Promise<void> {
    const { memory } = this.#deps
    this.#tracks.delete(REPLAY)
    memory.state = { ...memory.state, replay: null }
    await memory.save(() => memory.positions.end(REPLAY))
  }

  /**
   * Sends one delivery while the circuit is open, in turn a new one and one that waits. A probe that fails uses up no try and adds no
   * row.
   *
   * @returns false if there is nothing to send
   */
  async #probe(): Promise<boolean> {
    const failed = this.#endpoint.failedProbes()
    const found = await this.#findNew()
    // All that wait may be of one source, so one of another source is tried before.
    const isNewFirst = failed % 2 === 0 || (failed === 1 && found?.isOfWellSource === true)
    if (isNewFirst && (await this.#probeNew(found))) return true
    if (await this.#probeWaiting()) return true
    if (!isNewFirst && (await this.#probeNew(found))) return true
    // Last, since an endpoint may be well and refuse this kind alone.
    return probeErasure(this.#endpoint, this.#deps)
  }

  async #probeWaiting(): Promise<boolean> {
    const { memory, nowMs, random } = this.#deps
    const row = memory.waiting.any(random())
    if (row === undefined) return false
    const [waiting] = await readyOnes([row], this.#deps)
    if (waiting === undefined) return true
    const sent = await this.#endpoint.probe(waiting)
    if (sent.delivered) await settle(waiting, memory, () => memory.waiting.remove(waiting, nowMs()))
    else await memory.save()
    return true
  }

  /** A new event for a probe, if possible of a source of which nothing has failed. */
  async #findNew(): Promise<NewProbe | undefined> {
    const { memory, random } = this.#deps
    if (isOriginal(this.#deps.destination)) {
      // New requests wait in the same table.
      if (memory.waiting.nextDueAtMs() === null) await takeRequests(this.#deps)
      return undefined
    }
    const failing = memory.waiting.failingKinds()
    let found: NewProbe | undefined
    for (const reader of await this.#readers()) {
      // A track of its own: the events that it reads beyond the probe are read again by the next one.
      this.#tracks.delete(reader)
      const track = Track.open(reader, this.#deps)
      const isWell = (one: Opened): boolean => isOfWellSource(one, failing)
      const events = track === undefined ? [] : await this.#nextEvents(track, isWell)
      const chosen = chooseProbe(events, failing, random)
      if (chosen !== undefined && isWell(chosen)) return { reader, chosen, isOfWellSource: true }
      if (chosen !== undefined) found ??= { reader, chosen, isOfWellSource: false }
    }
    return found
  }

  async #probeNew(found: NewProbe | undefined): Promise<boolean> {
    if (found === undefined) return false
    const { memory, destination, store } = this.#deps
    const { reader, chosen } = found
    const sent = await this.#endpoint.probe(await deliveryOf([chosen], destination, store))
    if (sent.delivered) {
      const ahead = [...memory.state.ahead, { reader, number: chosen.arrival.number }]
      memory.state = { ...memory.state, ahead: ahead.slice(-AHEAD_MAX) }
    }
    await memory.save()
    return true
  }

  /**
   * Events that a reader has not sent: those of its next page with any, and some of later pages. If the destination is ordered, only events
   * without an earlier one of their key, of pages up to one that has an event of a well source.
   */
  async #nextEvents(track: Track, isWell: (one: Opened) => boolean): Promise<Opened[]> {
    const { memory, random, destination } = this.#deps
    const heads: Opened[] = []
    const passed = new Set<string>()
    for (let pages = 0; ;) {
      const page = await track.next(true)
      if (page.deliveries.length === 0 && pages === 0) await track.advance(page.end, [])
      else pages++
      if (!destination.config.ordered && pages > 0)
        return [...page.deliveries.flatMap(({ events }) => events), ...(await track.later(random()))]
      const held = memory.waiting.heldKeys(page.deliveries.flatMap(({ key }) => key ?? []))
      for (const [first] of groupsOf(page.deliveries)) {
        if (first === undefined || passed.has(first.key ?? '')) continue
        if (first.key !== null) passed.add(first.key)
        if (!held.has(first.key ?? '')) heads.push(...first.events)
      }
      if (page.isLast || pages === ORDERED_PAGES_MAX || heads.some(isWell)) return heads
    }
  }
}
