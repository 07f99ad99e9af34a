/** Sends deliveries that failed before, when they are due. */
import { readEventsAt } from '../store/arrival.ts'
import {
  type Ready,
  type ReadyAgain,
  hasOriginals,
  openAll,
  partsOf,
  waitingDelivery,
} from './send/deliveries.ts'
import type { Endpoint } from './endpoint.ts'
import { concurrently } from '../platform/concurrently.ts'
import type { Memory } from './memory/memory.ts'
import { nextTryMs, retryAfterMs } from './pace/schedule.ts'
import type { Sent } from './send/send.ts'
import type { NewWaiting, Waiting } from './memory/waiting-row.ts'
import { isOriginal, readyRequests } from './requests.ts'
import type { RunDeps } from './run-deps.ts'

const DUE_AT_ONCE = 64

/** An event takes some ten times its size while it is opened and sent. */
const DUE_MAX_BYTES = 4_000_000

/** With so many failed deliveries the reader stands still. */
export const WAITING_MAX = 10_000

/** Answers that are about the content. The same content gets them again. */
const CONTENT_REFUSED: ReadonlySet<number | null> = new Set([400, 409, 413, 415, 422])

/**
 * A delivery that failed becomes one that waits for its next try; `dueAtMs` is null if its tries are used up. A batch becomes parts,
 * so that the events beside a refused one arrive: at once if its content is refused, else if it fails for the second time.
 */
export async function afterFailure(
  {
    events,
    kind,
    tries,
    firstFailedAtMs,
    ...delivery
  }: Ready & Pick<NewWaiting, 'tries' | 'firstFailedAtMs'>,
  { error, status, retryAfterSeconds }: Sent,
  { nowMs, random, memory, destination, store }: RunDeps,
): Promise<NewWaiting[]> {
  const waitMs = nextTryMs(tries, retryAfterSeconds, random())
  const isRefused = CONTENT_REFUSED.has(status)
  const isSplit =
    kind === 'batch' &&
    events.length > 1 &&
    waitMs !== undefined &&
    (isRefused || tries > 1) &&
    memory.waiting.counts().waiting < WAITING_MAX
  const dueAtMs = waitMs === undefined ? null : nowMs() + (isSplit && isRefused ? 0 : waitMs)
  const { id, references, key, source, type, bytes } = delivery
  const parts = isSplit
    ? await partsOf(events, destination, store)
    : [{ id, references, key, source, type, bytes }]
  return parts.map((part) => ({ ...part, tries, firstFailedAtMs, dueAtMs, error, status }))
}

/** @returns whether any was due */
export async function sendDue(endpoint: Endpoint, deps: RunDeps): Promise<boolean> {
  const { memory, destination, nowMs } = deps
  const due = memory.waiting.due(nowMs(), DUE_AT_ONCE, DUE_MAX_BYTES)
  if (due.length === 0) return false
  const ready = await readyOnes(due, deps)
  await concurrently(ready, destination.config.concurrency, (one) => sendAgain(one, endpoint, deps))
  await memory.save()
  return true
}

/** @returns whether the endpoint may be called further */
async function sendAgain(one: ReadyAgain, endpoint: Endpoint, deps: RunDeps): Promise<boolean> {
  const { memory, nowMs } = deps
  const isEarly = one.scheduledAtMs !== null && nowMs() < one.scheduledAtMs
  const tries = isEarly ? one.tries : one.tries + 1
  const sent = await endpoint.send(one, isEarly ? 0 : tries)
  if (sent === undefined) return false
  let next: NewWaiting | undefined
  if (sent.delivered) await settle(one, memory, () => memory.waiting.remove(one, nowMs()))
  else if (isEarly) {
    const postponed = asScheduled(one, sent, nowMs())
    await memory.save(() => memory.waiting.postpone(postponed))
    next = postponed
  } else if (!endpoint.isDisabled()) next = await failAgain(one, tries, sent, deps)
  endpoint.log(one, sent, isEarly ? 0 : tries, next?.dueAtMs ?? null)
  return true
}

/** Schedule of a delivery that was brought forward and failed: it keeps its time, unless the endpoint asks for a later one. */
const asScheduled = (
  one: ReadyAgain,
  { error, status, retryAfterSeconds }: Sent,
  nowMs: number,
): Waiting => ({
  ...one,
  dueAtMs: Math.max(one.scheduledAtMs ?? 0, nowMs + retryAfterMs(retryAfterSeconds)),
  error,
  status,
})

/** @returns its next try, or that of its first part */
async function failAgain(
  one: ReadyAgain,
  tries: number,
  sent: Sent,
  deps: RunDeps,
): Promise<NewWaiting | undefined> {
  const { memory, nowMs, log, destination } = deps
  const failed = { ...one, tries, firstFailedAtMs: one.firstFailedAtMs ?? sent.atMs }
  const [next, ...others] = await afterFailure(failed, sent, deps)
  if (next === undefined) return undefined
  if (others.length > 0)
    await settle(one, memory, () => {
      // An operator may have skipped it meanwhile.
      if (!memory.waiting.waits(one.seq)) return
      memory.waiting.remove(one, nowMs())
      for (const part of [next, ...others]) memory.waiting.add(part, nowMs())
    })
  else
    await memory.save(() => {
      const row = { ...next, seq: one.seq, scheduledAtMs: null, diedAtMs: null }
      if (row.dueAtMs === null) memory.waiting.exhaust(row, nowMs())
      else memory.waiting.postpone(row)
    })
  if (next.dueAtMs === null)
    log({ event: 'delivery_exhausted', destination: destination.name, attempts: tries })
  return next
}

/** A waiting delivery ends. Events of it that were not sent are counted. */
export async function settle(one: ReadyAgain, memory: Memory, write: () => void): Promise<void> {
  memory.state = {
    ...memory.state,
    missed: memory.state.missed + one.missed,
    filtered: memory.state.filtered + one.filtered,
  }
  await memory.save(write)
}

/** Deliveries with their events. Those that have none any more are removed. */
export async function readyOnes(rows: readonly Waiting[], deps: RunDeps): Promise<ReadyAgain[]> {
  const { memory, store, destination, nowMs } = deps
  if (isOriginal(destination)) return readyRequests(rows, deps)
  const arrivals = await readEventsAt(
    store,
    rows.flatMap(({ references }) => references),
  )
  const opened = new Map(
    (await openAll(store, arrivals, hasOriginals(destination))).map(
      (one) => [placeOf(one.arrival), one] as const,
    ),
  )
  const ready: ReadyAgain[] = []
  for (const row of rows) {
    const stored = row.references.flatMap((reference) => opened.get(placeOf(reference)) ?? [])
    const delivery = await waitingDelivery(row, stored, destination, store)
    if (delivery.events.length > 0) ready.push(delivery)
    else await settle(delivery, memory, () => memory.waiting.remove(row, nowMs()))
  }
  return ready
}

const placeOf = ({ segment, index }: { readonly segment: number; readonly index: number }): string =>
  `${segment}.${index}`
