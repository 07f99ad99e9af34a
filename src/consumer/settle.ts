/** Settles one message: acknowledges it, puts it back for a retry, or dead-letters it with a reason. */
import { utf8 } from '../platform/bytes.ts'
import { faultName } from '../platform/log.ts'
import { type DeadReason, storeDeadLetter, strayId } from '../store/dead-letters.ts'
import { bodyText } from './body-text.ts'
import type { ConsumerDeps } from './deps.ts'
import { type RetryPolicy, retryDelaySeconds } from './retry.ts'
import type { Failure, QueueItem, Settlement } from './settlement.ts'

/** A message that is retried later, and why. */
export interface PutBack {
  readonly reason: DeadReason
  readonly fault: string | undefined
  readonly nextAtMs: number
}

/**
 * Carries out the settlement. If that fails, the message is put back, since repeating all of it is safe.
 *
 * @returns undefined if the message is acknowledged
 */
export async function settle(
  item: QueueItem,
  settlement: Settlement,
  deps: ConsumerDeps,
  policy: RetryPolicy,
): Promise<PutBack | undefined> {
  const { attempts } = item.message
  try {
    if (settlement.kind === 'done') await deleteLarge(item, deps, policy)
    else if (settlement.kind === 'never' || policy.givesUp(attempts, settlement.reason))
      await deadLetter(item, settlement, deps)
    else return putBack(item, settlement, deps, policy)
  } catch (cause) {
    return putBack(item, { kind: 'again', reason: 'store_failed', fault: faultName(cause) }, deps, policy)
  }
  acknowledge(item, deps)
  return undefined
}

/** Deletes a large delivery's object once everything is done. It may be deleted already. */
async function deleteLarge(
  { message, envelope }: QueueItem,
  deps: ConsumerDeps,
  { attemptsMax }: RetryPolicy,
): Promise<void> {
  if (envelope?.kind !== 'stored') return
  try {
    await deps.large.delete(envelope.object)
  } catch (cause) {
    // The events are all stored, so an orphaned object is better than retrying the message without end.
    if (message.attempts < attemptsMax) throw cause
    deps.log({ event: 'object_orphaned', ...labels({ message, envelope }), fault: faultName(cause) })
  }
}

async function deadLetter(
  item: QueueItem,
  settlement: Exclude<Settlement, { kind: 'done' }>,
  deps: ConsumerDeps,
): Promise<void> {
  const { message, envelope, contents } = item
  const { fault } = settlement.kind === 'again' ? settlement : {}
  await storeDeadLetter(
    deps.store,
    {
      messageId: message.id,
      envelope,
      sealedBody: envelope === undefined ? await sealStray(message, deps) : undefined,
      eventTypes: contents?.events.map(({ type }) => type),
      reason: settlement.reason,
      fault,
      attempts: message.attempts,
      firstFailedAtMs: firstFailedAtMs(message, deps.nowMs()),
    },
    deps.nowMs(),
  )
  deps.log({
    event: 'message_dead_lettered',
    ...labels(item),
    code: settlement.reason,
    attempts: message.attempts,
    ...(fault === undefined ? {} : { fault }),
  })
}

/** The first attempt is minutes after a message is sent at most. */
const FIRST_ATTEMPT_MS = 10 * 60_000

/**
 * The queue does not say when an earlier attempt was, and a dead letter queue counts anew. The first is seconds after a message is
 * sent, so the time when it was sent stands for it. Undefined if this attempt is the first.
 */
const firstFailedAtMs = ({ attempts, timestamp }: Message, nowMs: number): number | undefined =>
  attempts > 1 || nowMs - timestamp.getTime() > FIRST_ATTEMPT_MS ? timestamp.getTime() : undefined

/** A body that is not an envelope may hold personal data, so it is sealed too. */
const sealStray = ({ id, body }: Message, { store }: ConsumerDeps): Promise<Uint8Array> =>
  store.sealer.seal(utf8(bodyText(body)), strayId(id))

function putBack(item: QueueItem, failure: Failure, deps: ConsumerDeps, policy: RetryPolicy): PutBack {
  const { message } = item
  const delaySeconds = retryDelaySeconds(policy, message.attempts, deps.jitter())
  message.retry({ delaySeconds })
  deps.log({
    event: 'message_retried',
    ...labels(item),
    code: failure.reason,
    attempts: message.attempts,
    delay_seconds: delaySeconds,
    ...(failure.fault === undefined ? {} : { fault: failure.fault }),
  })
  return { reason: failure.reason, fault: failure.fault, nextAtMs: deps.nowMs() + delaySeconds * 1_000 }
}

/** A redelivered message changes nothing, so a lost acknowledgment does no harm. */
function acknowledge(item: QueueItem, deps: ConsumerDeps): void {
  try {
    item.message.ack()
  } catch (cause) {
    deps.log({ event: 'acknowledgment_lost', ...labels(item), fault: faultName(cause) })
  }
}

const labels = ({ message, envelope }: QueueItem) => ({
  message: message.id,
  ...(envelope === undefined
    ? {}
    : { source: envelope.source, request_id: envelope.key.split('/')[0] ?? '' }),
})
