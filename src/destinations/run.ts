/**
 * One run of a destination: sends what is due, then what is new, until nothing is left or its time is over. Read this first.
 *
 * A page is settled when each of its deliveries was accepted by the endpoint or has a row in `waiting`. The position moves in the
 * transaction that writes those rows. So if the object dies, some deliveries are sent again, and none is left out.
 */
import { type Filter, eventFilter } from '../event/filter/filter.ts'
import type { Store } from '../store/store.ts'
import { goBackAfterRestore } from './after-restore.ts'
import { type NewDelivery, type Opened, deliveryOf } from './send/deliveries.ts'
import { Endpoint, type EndpointDeps } from './endpoint.ts'
import { WAITING_MAX, afterFailure, readyOnes, sendDue, settle } from './retries.ts'
import { groupsOf } from './send/groups.ts'
import { type Outcome, sendPage } from './send/send-page.ts'
import { Track, type TrackPage } from './track.ts'
import { chooseProbe } from './probes.ts'
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
import type { NewWaiting } from './memory/waiting-row.ts'

export interface RunDeps extends EndpointDeps {
  readonly store: Store
}

/** So many events that probes delivered are remembered. Others are sent again when their reader comes to them. */
const AHEAD_MAX = 100

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
    const { memory, nowMs, pacer } = this.#deps
    const endpoint = this.#endpoint
    await goBackAfterRestore(this.#deps, MAIN)
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
        await sendDue(endpoint, this.#deps)
        continue
      }
      const pages = memory.waiting.counts().waiting >= WAITING_MAX ? [] : await this.#sendNew()
      const isDue = (memory.waiting.nextDueAtMs() ?? Infinity) <= nowMs()
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

  #nextRunMs(pages: readonly TrackPage[]): number | null {
    const { memory, nowMs } = this.#deps
    const times = [memory.waiting.nextDueAtMs(), ...pages.map(({ batchDueAtMs }) => batchDueAtMs)]
    const known = times.filter((ms) => ms !== null)
    return known.length === 0 ? null : Math.max(1, Math.min(...known) - nowMs())
  }

  /** A page of each reader, so that a replay does not wait for the end of live traffic, nor the other way round. */
  async #sendNew(): Promise<TrackPage[]> {
    const pages: TrackPage[] = []
    for (const reader of await this.#readers()) {
      const track = this.#track(reader)
      if (track === undefined) continue
      const isOfSource = sourceOf(reader) !== undefined
      // The next run would read the events of a batch that is not full again.
      const page = await track.next(this.#deps.nowMs(), isOfSource || this.#endpoint.isEnding())
      if (!(await this.#settle(reader, track, page))) return [{ ...page, isLast: false }]
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

  /** @returns whether all of the page is settled */
  async #settle(reader: string, track: Track, page: TrackPage): Promise<boolean> {
    const isSettled = await sendPage(page, {
      ...this.#deps,
      heldKeys: (keys) => this.#deps.memory.waiting.heldKeys(keys),
      concurrency: this.#deps.destination.config.concurrency,
      send: (delivery) => this.#send(delivery),
      save: (position, rows) => this.#advance(reader, track, position, rows),
    })
    // Tracks have read past the settled position, so they must read again.
    if (!isSettled) this.#tracks.clear()
    return isSettled
  }

  async #send(delivery: NewDelivery): Promise<Outcome> {
    const sent = await this.#endpoint.send(delivery, 1)
    if (sent === undefined) return 'unsettled'
    if (sent.delivered) return 'delivered'
    return this.#endpoint.isDisabled()
      ? 'unsettled'
      : await afterFailure({ ...delivery, tries: 1, firstFailedAtMs: sent.atMs }, sent, this.#deps)
  }

  #track(reader: string): Track | undefined {
    const track = this.#tracks.get(reader) ?? this.#opened(reader)
    if (track !== undefined) this.#tracks.set(reader, track)
    return track
  }

  /** A new track from the stored position. */
  #opened(reader: string): Track | undefined {
    const { memory, destination, store } = this.#deps
    const reading = memory.positions.find(reader)
    if (reading === undefined) return undefined
    const filter = (reader === REPLAY ? (memory.state.replay?.filter ?? {}) : {}) as Filter
    const alsoMatches = eventFilter(filter)
    const source = sourceOf(reader)
    const others = reader === MAIN ? new Set(separateSources(memory)) : undefined
    return new Track({
      store,
      destination,
      from: reading.position,
      until: source === undefined ? reading.until : (memory.positions.find(MAIN)?.position ?? null),
      filter: source === undefined ? filter : { sources: [source] },
      matches: (event) =>
        destination.matches(event) &&
        alsoMatches(event) &&
        (source === undefined || event.source === source) &&
        others?.has(event.source) !== true,
      isAhead: (number) =>
        memory.state.ahead.some(
          (one) => one.number === number && (one.reader === REPLAY) === (reader === REPLAY),
        ),
    })
  }

  async #advance(
    reader: string,
    track: Track,
    to: TrackPage['end'],
    rows: readonly NewWaiting[],
  ): Promise<void> {
    const { memory } = this.#deps
    const from = track.position
    if (rows.length === 0 && from.number === to.number && from.segment === to.segment) return
    const missed = track.missedUpTo(to)
    const ahead = memory.state.ahead.filter((one) => one.reader !== reader || one.number >= to.number)
    memory.state = { ...memory.state, ahead }
    if (reader === MAIN) memory.state = { ...memory.state, mark: track.markOf(to) ?? memory.state.mark }
    await memory.save(() => {
      // An operator may have ended it meanwhile.
      if (reader === REPLAY && memory.state.replay === null) return
      memory.positions.advance(reader, from, to, missed)
      for (const row of rows) memory.waiting.add(row, this.#deps.nowMs())
    })
    track.position = to
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
    const isNewFirst = this.#endpoint.failedProbes() % 2 === 0
    if (isNewFirst) return (await this.#probeNew()) || (await this.#probeWaiting())
    return (await this.#probeWaiting()) || (await this.#probeNew())
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

  async #probeNew(): Promise<boolean> {
    const { memory, destination, random, store } = this.#deps
    for (const reader of await this.#readers()) {
      // A track of its own: the events that it reads beyond the probe are read again by the next one.
      this.#tracks.delete(reader)
      const track = this.#opened(reader)
      const events = track === undefined ? [] : await this.#nextEvents(reader, track)
      const chosen = chooseProbe(events, memory.waiting.failingKinds(), random)
      if (chosen === undefined) continue
      const sent = await this.#endpoint.probe(await deliveryOf([chosen], destination, store))
      if (sent.delivered) {
        const ahead = [...memory.state.ahead, { reader, number: chosen.arrival.number }]
        memory.state = { ...memory.state, ahead: ahead.slice(-AHEAD_MAX) }
      }
      await memory.save()
      return true
    }
    return false
  }

  /**
   * Events that a reader has not sent: those of its next page with any, and some of later pages. If the destination is ordered, only events
   * without an earlier one of their key.
   */
  async #nextEvents(reader: string, track: Track): Promise<Opened[]> {
    const { memory, nowMs, random, destination } = this.#deps
    for (;;) {
      const page = await track.next(nowMs(), true)
      if (page.deliveries.length > 0) {
        if (!destination.config.ordered)
          return [...page.deliveries.flatMap(({ events }) => events), ...(await track.later(random()))]
        const held = memory.waiting.heldKeys(page.deliveries.flatMap(({ key }) => key ?? []))
        return groupsOf(page.deliveries)
          .flatMap(([first]) => first ?? [])
          .filter(({ key }) => key === null || !held.has(key))
          .flatMap(({ events }) => events)
      }
      await this.#advance(reader, track, page.end, [])
      if (page.isLast) return []
    }
  }
}
