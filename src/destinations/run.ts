/**
 * One run of a destination: sends what is due, then what is new, until nothing is left or its time is over. Read this first.
 *
 * A page is settled when each of its deliveries was accepted by the endpoint or has a row in `waiting`. The position moves in the
 * transaction that writes those rows. So if the object dies, some deliveries are sent again, and none is left out.
 */
import { type Filter, eventFilter } from '../event/filter/filter.ts'
import type { Store } from '../store/store.ts'
import type { NewDelivery, Ready } from './send/deliveries.ts'
import { Endpoint, type EndpointDeps } from './endpoint.ts'
import { afterFailure, readyOnes, sendDue } from './retries.ts'
import { type Outcome, sendPage } from './send/send-page.ts'
import { Track, type TrackPage } from './track.ts'
import type { NewWaiting } from './memory/waiting.ts'

/** The reader that follows the store, and the one of a replay. */
export const MAIN = 'main'
export const REPLAY = 'replay'

export interface RunDeps extends EndpointDeps {
  readonly store: Store
}

/** With so many failed deliveries the reader stands still. */
export const WAITING_MAX = 10_000

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
    for (;;) {
      if (endpoint.isDisabled()) return null
      if (endpoint.leftMs() === 0 || pacer.waitMs() > endpoint.leftMs()) return pacer.waitMs()
      const probeAtMs = endpoint.probeAtMs()
      if (probeAtMs !== null) {
        if (probeAtMs > nowMs()) return probeAtMs - nowMs()
        if (!(await this.#probe())) return null
        continue
      }
      if (await sendDue(endpoint, this.#deps)) continue
      const pages = memory.waiting.counts().waiting >= WAITING_MAX ? [] : await this.#sendNew()
      if (pages.every(({ isLast }) => isLast)) return this.#nextRunMs(pages)
    }
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
    for (const reader of [MAIN, REPLAY]) {
      const track = this.#track(reader)
      if (track === undefined) continue
      // The next run would read the events of a batch that is not full again.
      const page = await track.next(this.#deps.nowMs(), this.#endpoint.isEnding())
      if (!(await this.#settle(reader, track, page))) return [{ ...page, isLast: false }]
      if (reader === REPLAY && page.isLast && page.batchDueAtMs === null) await this.#endReplay()
      pages.push(page)
    }
    return pages
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
    // They have read further than what is settled.
    if (!isSettled) this.#tracks.clear()
    return isSettled
  }

  async #send(delivery: NewDelivery): Promise<Outcome> {
    const sent = await this.#endpoint.send(delivery, 1)
    if (sent === undefined) return 'unsettled'
    if (sent.delivered) return 'delivered'
    return this.#endpoint.isDisabled()
      ? 'unsettled'
      : afterFailure({ ...delivery, tries: 1, firstFailedAtMs: sent.atMs }, sent, this.#deps)
  }

  #track(reader: string): Track | undefined {
    const known = this.#tracks.get(reader)
    if (known !== undefined) return known
    const { memory, destination, store } = this.#deps
    const reading = memory.positions.find(reader)
    if (reading === undefined) return undefined
    const filter = (reader === REPLAY ? (memory.state.replay?.filter ?? {}) : {}) as Filter
    const alsoMatches = eventFilter(filter)
    const track = new Track({
      store,
      destination,
      from: reading.position,
      until: reading.until,
      filter,
      matches: (event) => destination.matches(event) && alsoMatches(event),
    })
    this.#tracks.set(reader, track)
    return track
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
   * Sends one delivery while the circuit is open. A probe that fails uses up no try and adds no row.
   *
   * @returns false if there is nothing to send
   */
  async #probe(): Promise<boolean> {
    const { memory, nowMs } = this.#deps
    const earliest = memory.waiting.earliest()
    if (earliest === undefined) return this.#probeNew()
    const [waiting] = await readyOnes([earliest], this.#deps)
    if (waiting === undefined) return true
    const sent = await this.#endpoint.probe(waiting)
    await memory.save(() => {
      if (sent.delivered) memory.waiting.remove(waiting, nowMs())
    })
    return true
  }

  async #probeNew(): Promise<boolean> {
    const { memory } = this.#deps
    for (const reader of [MAIN, REPLAY]) {
      this.#tracks.delete(reader)
      const track = this.#track(reader)
      // What it reads beyond the probe is read again.
      this.#tracks.delete(reader)
      const delivery = track && (await this.#firstOf(reader, track))
      if (track === undefined || delivery === undefined) continue
      const sent = await this.#endpoint.probe(delivery)
      if (sent.delivered) await this.#advance(reader, track, delivery.behind, [])
      else await memory.save()
      return true
    }
    return false
  }

  async #firstOf(reader: string, track: Track): Promise<(Ready & NewDelivery) | undefined> {
    for (;;) {
      const page = await track.next(this.#deps.nowMs(), true)
      const [first] = page.deliveries
      if (first !== undefined) return first
      await this.#advance(reader, track, page.end, [])
      if (page.isLast) return undefined
    }
  }
}
