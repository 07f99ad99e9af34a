/** Sends the deliveries of a page, several at a time, and stores how far it has come. */
import { concurrently } from '../../platform/concurrently.ts'
import type { Endpoint } from '../endpoint.ts'
import type { NewWaiting } from '../memory/waiting-row.ts'
import { afterFailure } from '../retries.ts'
import type { RunDeps } from '../run-deps.ts'
import type { Track, TrackPage } from '../track.ts'
import type { NewDelivery } from './deliveries.ts'
import { groupsOf } from './groups.ts'

/** `unsettled`: it was not sent, or its failure does not count; the next run begins with it. Else it waits, a batch perhaps in parts. */
type Outcome = 'delivered' | 'unsettled' | readonly NewWaiting[]

/** How often the position is stored while a page is sent: so much is sent again if the object dies. */
const SAVE_EVERY_MS = 1_000

/** @returns whether all of the page is settled */
export async function sendPage(
  page: TrackPage,
  track: Track,
  endpoint: Endpoint,
  deps: RunDeps,
): Promise<boolean> {
  const { memory, destination, nowMs } = deps
  const progress = new Progress(page, track, nowMs)
  const held = memory.waiting.heldKeys(page.deliveries.flatMap(({ key }) => key ?? []))
  await concurrently(groupsOf(page.deliveries), destination.config.concurrency, async (group) => {
    let isHeld = held.has(group[0]?.key ?? '')
    for (const delivery of group) {
      const outcome = isHeld ? [heldBack(delivery)] : await sendNew(delivery, endpoint, deps)
      progress.outcomes.set(delivery, outcome)
      if (outcome === 'unsettled') return false
      isHeld ||= outcome !== 'delivered'
    }
    return progress.saveInTime()
  })
  return progress.end()
}

async function sendNew(delivery: NewDelivery, endpoint: Endpoint, deps: RunDeps): Promise<Outcome> {
  const sent = await endpoint.send(delivery, 1)
  if (sent === undefined) return 'unsettled'
  const waiting =
    sent.delivered || endpoint.isDisabled()
      ? []
      : await afterFailure({ ...delivery, tries: 1, firstFailedAtMs: sent.atMs }, sent, deps)
  endpoint.log(delivery, sent, 1, waiting[0]?.dueAtMs ?? null)
  if (sent.delivered) return 'delivered'
  return endpoint.isDisabled() ? 'unsettled' : waiting
}

/** How far a page is settled. It is stored at most once in {@link SAVE_EVERY_MS}, without holding up those who send. */
class Progress {
  readonly outcomes = new Map<NewDelivery, Outcome>()
  readonly #page: TrackPage
  readonly #track: Track
  readonly #nowMs: () => number
  /** Deliveries of the page that are settled, from its beginning. */
  #settled = 0
  #lastMs: number
  #running: Promise<void> | undefined
  #fault: { readonly cause: unknown } | undefined

  constructor(page: TrackPage, track: Track, nowMs: () => number) {
    this.#page = page
    this.#track = track
    this.#nowMs = nowMs
    this.#lastMs = nowMs()
  }

  /** @returns false if a save has failed */
  saveInTime(): boolean {
    if (this.#running === undefined && this.#nowMs() - this.#lastMs >= SAVE_EVERY_MS) {
      this.#lastMs = this.#nowMs()
      this.#running = this.#save()
        .catch((cause: unknown) => {
          this.#fault = { cause }
        })
        .finally(() => {
          this.#running = undefined
        })
    }
    return this.#fault === undefined
  }

  /** @returns whether all of the page is settled. @throws what a save has thrown */
  async end(): Promise<boolean> {
    await this.#running
    if (this.#fault !== undefined) throw this.#fault.cause
    await this.#save()
    return this.#settled === this.#page.deliveries.length
  }

  async #save(): Promise<void> {
    const { deliveries, end } = this.#page
    const waiting: NewWaiting[] = []
    for (; this.#settled < deliveries.length; this.#settled++) {
      const delivery = deliveries[this.#settled]
      const outcome = delivery && this.outcomes.get(delivery)
      if (outcome === undefined || outcome === 'unsettled') break
      if (outcome !== 'delivered') waiting.push(...outcome)
    }
    await this.#track.advance(deliveries[this.#settled]?.before ?? end, waiting)
  }
}

/** Delivery that waits until the one before it is settled. */
const heldBack = ({ id, references, key, source, type, bytes }: NewDelivery): NewWaiting => ({
  id,
  references,
  key,
  source,
  type,
  bytes,
  tries: 0,
  firstFailedAtMs: null,
  dueAtMs: null,
  error: null,
  status: null,
})
