/** Sends the deliveries of a page, several at a time, and stores how far it has come. */
import type { ArrivalPosition } from '../../store/arrival.ts'
import type { NewDelivery } from './deliveries.ts'
import { groupsOf } from './groups.ts'
import { concurrently } from '../../outbound/concurrently.ts'
import type { TrackPage } from '../track.ts'
import type { NewWaiting } from '../memory/waiting-row.ts'

/** `unsettled`: it was not sent, or its failure does not count; the next run begins with it. Else it waits, a batch perhaps in parts. */
export type Outcome = 'delivered' | 'unsettled' | readonly NewWaiting[]

export interface PageDeps {
  /** Keys among these behind which deliveries are held already. */
  readonly heldKeys: (keys: readonly string[]) => ReadonlySet<string>
  readonly concurrency: number
  readonly send: (delivery: NewDelivery) => Promise<Outcome>
  /** Stores the position and the deliveries before it that wait. */
  readonly save: (position: ArrivalPosition, waiting: readonly NewWaiting[]) => Promise<void>
  readonly nowMs: () => number
}

/** How often the position is stored while a page is sent: so much is sent again if the object dies. */
const SAVE_EVERY_MS = 1_000

/** @returns whether all of the page is settled */
export async function sendPage({ deliveries, end }: TrackPage, deps: PageDeps): Promise<boolean> {
  const outcomes = new Map<NewDelivery, Outcome>()
  let settled = 0
  const save = async (): Promise<void> => {
    const waiting: NewWaiting[] = []
    for (; settled < deliveries.length; settled++) {
      const delivery = deliveries[settled]
      const outcome = delivery && outcomes.get(delivery)
      if (outcome === undefined || outcome === 'unsettled') break
      if (outcome !== 'delivered') waiting.push(...outcome)
    }
    await deps.save(deliveries[settled]?.before ?? end, waiting)
  }

  const saves = new Saves(save, deps.nowMs)
  const held = deps.heldKeys(deliveries.flatMap(({ key }) => (key === null ? [] : [key])))
  await concurrently(groupsOf(deliveries), deps.concurrency, async (group) => {
    let isHeld = held.has(group[0]?.key ?? '')
    for (const delivery of group) {
      const outcome = isHeld ? [heldBack(delivery)] : await deps.send(delivery)
      outcomes.set(delivery, outcome)
      if (outcome === 'unsettled') return false
      isHeld ||= outcome !== 'delivered'
    }
    return saves.next()
  })
  await saves.end()
  return settled === deliveries.length
}

/** Saves at most once in {@link SAVE_EVERY_MS}, without holding up those who send. */
class Saves {
  readonly #save: () => Promise<void>
  readonly #nowMs: () => number
  #lastMs: number
  #running: Promise<void> | undefined
  #fault: { readonly cause: unknown } | undefined

  constructor(save: () => Promise<void>, nowMs: () => number) {
    this.#save = save
    this.#nowMs = nowMs
    this.#lastMs = nowMs()
  }

  /** @returns false if a save has failed */
  next(): boolean {
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

  /** @throws what a save has thrown */
  async end(): Promise<void> {
    await this.#running
    if (this.#fault !== undefined) throw this.#fault.cause
    await this.#save()
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
