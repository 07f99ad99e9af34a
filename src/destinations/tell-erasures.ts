/** Tells the endpoint of people who were erased, each with what it knows of the person. */
import { halfSha256Hex } from '../platform/sha256.ts'
import { toInstant } from '../platform/time.ts'
import type { ErasedPerson } from './api.ts'
import type { OpenDestination } from './config.ts'
import type { Endpoint, Sendable } from './endpoint.ts'
import type { PendingErasure } from './memory/erasures.ts'
import { nextTryMs } from './pace/schedule.ts'
import type { RunDeps } from './run-deps.ts'
import { erasureBody } from './send/body.ts'
import type { Sent } from './send/send.ts'
import { pseudonymOf } from './send/view.ts'

const DUE_AT_ONCE = 16

/** Whether the endpoint is to be told, by the settings as they are now. */
export const wantsErasures = ({ config: { tells_erasures, personal } }: OpenDestination): boolean =>
  tells_erasures && personal !== 'none'

/** Tells what is due, one after the other. */
export async function tellErasures(endpoint: Endpoint, deps: RunDeps): Promise<void> {
  const { memory, nowMs } = deps
  for (const row of memory.erasures.due(nowMs(), DUE_AT_ONCE)) {
    const delivery = await deliveryOf(row, deps)
    if (delivery === undefined) continue
    const sent = await endpoint.send(delivery, row.tries + 1)
    if (sent === undefined) return
    const isUnsettled = endpoint.isDisabled() && !sent.delivered
    const nextAtMs = isUnsettled ? null : await noteSent(row, sent, deps)
    endpoint.log(delivery, sent, row.tries + 1, nextAtMs)
    if (isUnsettled) return
  }
}

/** While the circuit is open, if there is no event to send. @returns false if there is nothing to tell */
export async function probeErasure(endpoint: Endpoint, deps: RunDeps): Promise<boolean> {
  const { memory } = deps
  const row = memory.erasures.first()
  if (row === undefined) return false
  const delivery = await deliveryOf(row, deps)
  if (delivery === undefined) return true
  const { delivered } = await endpoint.probe(delivery)
  await memory.save(() => {
    if (delivered) memory.erasures.remove(row.number)
  })
  return true
}

/** Undefined if the endpoint is not to be told any more: its news is removed. */
async function deliveryOf(row: PendingErasure, { memory, destination }: RunDeps) {
  const erased = wantsErasures(destination) ? await memory.erasures.open(row) : undefined
  if (erased === undefined) memory.erasures.remove(row.number)
  return erased && erasureDelivery(erased, destination)
}

/** The id is the same at each try, and no two destinations can compare theirs. */
async function erasureDelivery(
  { number, person, address, erasedAtMs }: ErasedPerson,
  { name, config: { personal } }: OpenDestination,
): Promise<Sendable> {
  const id = `erasure_${await halfSha256Hex(JSON.stringify(['erasure', name, number, person]))}`
  const recipient = personal === 'full' ? address : await pseudonymOf(name, person)
  return {
    id,
    kind: 'erasure',
    eventIds: [],
    requestIds: [],
    people: '',
    body: erasureBody({ id, erased_at: toInstant(erasedAtMs), recipient }),
  }
}

/** @returns when it is told again; null for never */
async function noteSent(
  { number, tries }: PendingErasure,
  { delivered, retryAfterSeconds }: Sent,
  { memory, nowMs, random, log, destination }: RunDeps,
): Promise<number | null> {
  const waitMs = delivered ? undefined : nextTryMs(tries + 1, retryAfterSeconds, random())
  const nextAtMs = waitMs === undefined ? null : nowMs() + waitMs
  await memory.save(() => {
    if (nextAtMs === null) memory.erasures.remove(number)
    else memory.erasures.postpone(number, tries + 1, nextAtMs)
  })
  if (!delivered && nextAtMs === null)
    log({ event: 'erasure_not_told', destination: destination.name, attempts: tries + 1, count: 1 })
  return nextAtMs
}
