/**
 * Destinations of the form `original`: a kept request of the ESP becomes a delivery that waits and is due, and then goes the way of all
 * that wait. Its row has the request's id alone. The store has the request, so that one which is erased is not sent.
 */
import type { ArrivalPosition } from '../store/arrival.ts'
import { emptyRequests, readRequests, requestsAfter } from '../store/requests.ts'
import type { Waiting } from './memory/waiting-row.ts'
import { MAIN } from './readers.ts'
import type { RunDeps } from './run-deps.ts'
import type { ReadyAgain } from './send/deliveries.ts'

/** As many as are sent in one turn. */
const TAKEN_AT_ONCE = 64

export const isOriginal = ({ config }: RunDeps['destination']): boolean => config.form === 'original'

/** The position before all requests. `number` is that of a request, and `done` the time when it was received. */
export const FIRST_REQUEST: ArrivalPosition = { segment: 0, done: 0, number: 0 }

/** Takes requests that are new, and removes the contents of those that are settled. @returns whether none is left */
export async function takeRequests({ memory, store, destination, nowMs }: RunDeps): Promise<boolean> {
  const from = memory.positions.find(MAIN)?.position
  if (from === undefined) return true
  const { name, config, filter } = destination
  const mark = { number: from.number, receivedMs: from.done }
  const known = memory.waiting.ids()
  const { requests, isKnown, settled } = await requestsAfter(store, name, mark, known, TAKEN_AT_ONCE)
  if (!isKnown && from.number > 0) {
    await memory.save(() => memory.positions.advance(MAIN, from, FIRST_REQUEST, 0))
    return false
  }
  // Also what an object had delivered that died before it came to this.
  if (settled.length > 0) await emptyRequests(store, settled, Number.MAX_SAFE_INTEGER)
  const last = requests.at(-1)
  if (last === undefined) return true
  await memory.save(() => {
    const to = { ...FIRST_REQUEST, done: last.receivedMs, number: last.number }
    memory.positions.advance(MAIN, from, to, 0)
    for (const { requestId: id, source, bytes } of requests) {
      if (known.includes(id) || filter.sources?.includes(source) === false) continue
      memory.waiting.add(
        {
          id,
          references: [],
          key: config.ordered ? JSON.stringify([source]) : null,
          source,
          type: null,
          bytes,
          tries: 0,
          firstFailedAtMs: null,
          dueAtMs: config.ordered ? null : nowMs(),
          error: null,
          status: null,
        },
        nowMs(),
      )
    }
  })
  return requests.length < TAKEN_AT_ONCE
}

const GONE =
  'The request is not kept any more: it was too old, it named a person who was erased, or no key opens it.'

/** Waiting deliveries with their requests. Those whose request is gone are given up. */
export async function readyRequests(
  rows: readonly Waiting[],
  { memory, store, destination, nowMs, log }: RunDeps,
): Promise<ReadyAgain[]> {
  const ids = rows.map(({ id }) => id)
  const found = await readRequests(store, destination.name, ids)
  const ready: ReadyAgain[] = []
  for (const row of rows) {
    const request = found.get(row.id)
    if (request === undefined) {
      await memory.save(() => memory.waiting.exhaust({ ...row, error: GONE, status: null }, nowMs()))
      log({ event: 'delivery_exhausted', destination: destination.name, attempts: row.tries })
      continue
    }
    ready.push({
      ...row,
      kind: 'request',
      eventIds: [],
      requestIds: [row.id],
      people: '',
      body: '',
      request,
      events: [],
      missed: 0,
      filtered: 0,
    })
  }
  return ready
}
