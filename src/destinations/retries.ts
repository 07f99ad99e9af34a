/** Sends deliveries that failed before, when they are due. */
import type { Log } from '../platform/log.ts'
import { readEventsAt } from '../store/arrival.ts'
import type { Store } from '../store/store.ts'
import type { OpenDestination } from './config.ts'
import { type Ready, openAll, waitingDelivery } from './send/deliveries.ts'
import type { Endpoint } from './endpoint.ts'
import { runGroups } from './send/groups.ts'
import type { Memory } from './memory/memory.ts'
import { nextTryMs } from './pace/schedule.ts'
import type { Sent } from './send/send.ts'
import type { NewWaiting, Waiting } from './memory/waiting.ts'

export interface RetriesDeps {
  readonly store: Store
  readonly memory: Memory
  readonly destination: OpenDestination
  readonly nowMs: () => number
  readonly random: () => number
  readonly log: Log
}

const DUE_AT_ONCE = 64

/** What a failed delivery becomes: it waits for its next try; `dueAtMs` is null if its tries are used up. */
export function afterFailure(
  { id, references, key, tries, firstFailedAtMs }: Omit<NewWaiting, 'dueAtMs' | 'error' | 'status'>,
  { error, status, retryAfterSeconds }: Sent,
  { nowMs, random }: Pick<RetriesDeps, 'nowMs' | 'random'>,
): NewWaiting {
  const waitMs = nextTryMs(tries, retryAfterSeconds, random())
  const dueAtMs = waitMs === undefined ? null : nowMs() + waitMs
  return { id, references, key, tries, firstFailedAtMs, dueAtMs, error, status }
}

/** @returns whether any was due */
export async function sendDue(endpoint: Endpoint, deps: RetriesDeps): Promise<boolean> {
  const { memory, destination, nowMs } = deps
  const due = memory.waiting.due(nowMs(), DUE_AT_ONCE)
  if (due.length === 0) return false
  const groups = (await readyOnes(due, deps)).map((one) => [one])
  await runGroups(groups, destination.config.concurrency, async ([one]) =>
    one === undefined ? true : sendAgain(one, endpoint, deps),
  )
  await memory.save()
  return true
}

/** @returns whether the endpoint may be called further */
async function sendAgain(one: Waiting & Ready, endpoint: Endpoint, deps: RetriesDeps): Promise<boolean> {
  const { memory, destination, nowMs, log } = deps
  const tries = one.tries + 1
  const sent = await endpoint.send(one, tries)
  if (sent === undefined) return false
  if (sent.delivered) {
    // Of a batch, some events may have been removed from the store meanwhile.
    const gone = one.references.length - one.eventIds.length
    memory.state = { ...memory.state, missed: memory.state.missed + gone }
    await memory.save(() => memory.waiting.remove(one, nowMs()))
  } else if (!endpoint.isDisabled()) {
    const next = afterFailure(
      { ...one, tries, firstFailedAtMs: one.firstFailedAtMs ?? sent.atMs },
      sent,
      deps,
    )
    const row = { ...next, seq: one.seq }
    await memory.save(() => {
      if (row.dueAtMs === null) memory.waiting.exhaust(row, nowMs())
      else memory.waiting.postpone(row)
    })
    if (row.dueAtMs === null)
      log({ event: 'delivery_exhausted', destination: destination.name, attempts: tries })
  }
  return true
}

/** Deliveries with their events. Those whose events are gone are removed, and counted as missed. */
export async function readyOnes(
  rows: readonly Waiting[],
  { memory, store, destination, nowMs }: RetriesDeps,
): Promise<(Waiting & Ready)[]> {
  const arrivals = await readEventsAt(
    store,
    rows.flatMap(({ references }) => references),
  )
  const opened = new Map((await openAll(store, arrivals)).map((one) => [placeOf(one.arrival), one] as const))
  const ready: (Waiting & Ready)[] = []
  for (const row of rows) {
    const events = row.references.flatMap((reference) => opened.get(placeOf(reference)) ?? [])
    const delivery = await waitingDelivery(row, events, destination, store)
    if (delivery !== undefined) ready.push(delivery)
    else {
      memory.state = { ...memory.state, missed: memory.state.missed + row.references.length }
      await memory.save(() => memory.waiting.remove(row, nowMs()))
    }
  }
  return ready
}

const placeOf = ({ segment, index }: { readonly segment: number; readonly index: number }): string =>
  `${segment}.${index}`
