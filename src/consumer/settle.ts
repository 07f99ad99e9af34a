/** Ends one message: acknowledged, put back for later, or buried with a reason. */
import { utf8 } from '../platform/bytes.ts'
import { faultName } from '../platform/log.ts'
import { storeDeadLetter, strayId } from '../store/dead-letters.ts'
import { bodyText } from './body-text.ts'
import type { ConsumerDeps } from './deps.ts'
import { ATTEMPTS_MAX, retryDelaySeconds } from './retry.ts'
import type { Failure, QueueItem, Settlement } from './settlement.ts'

/** Does what the verdict says. What fails on the way puts the message back, since doing all of it again is right. */
export async function settle(item: QueueItem, settlement: Settlement, deps: ConsumerDeps): Promise<void> {
  const { message } = item
  try {
    if (settlement.kind === 'done') await forgetLarge(item, deps)
    else if (settlement.kind === 'never' || message.attempts >= ATTEMPTS_MAX)
      await deadLetter(item, settlement, deps)
    else return putBack(item, settlement, deps)
  } catch (cause) {
    return putBack(item, { kind: 'again', reason: 'store_failed', fault: faultName(cause) }, deps)
  }
  acknowledge(item, deps)
}

/** A large delivery's object, once nothing of it is left to be done. It may be gone already. */
async function forgetLarge({ message, envelope }: QueueItem, deps: ConsumerDeps): Promise<void> {
  if (envelope?.kind !== 'stored') return
  try {
    await deps.large.delete(envelope.object)
  } catch (cause) {
    // An object left behind is no reason to keep a message for ever whose events are all stored.
    if (message.attempts < ATTEMPTS_MAX) throw cause
    deps.log({ event: 'object_orphaned', ...named({ message, envelope }), fault: faultName(cause) })
  }
}

async function deadLetter(
  item: QueueItem,
  settlement: Exclude<Settlement, { kind: 'done' }>,
  deps: ConsumerDeps,
): Promise<void> {
  const { message, envelope } = item
  const { handler, fault } = settlement.kind === 'again' ? settlement : {}
  await storeDeadLetter(
    deps.store,
    {
      messageId: message.id,
      envelope,
      sealedBody: envelope === undefined ? await sealStray(message, deps) : undefined,
      reason: settlement.reason,
      handler,
      attempts: message.attempts,
    },
    deps.nowMs(),
  )
  deps.log({
    event: 'message_dead_lettered',
    ...named(item),
    code: settlement.reason,
    attempts: message.attempts,
    ...(handler === undefined ? {} : { handler }),
    ...(fault === undefined ? {} : { fault }),
  })
}

/** What is no envelope may hold anything, so it rests sealed like everything else. */
const sealStray = ({ id, body }: Message, { store }: ConsumerDeps): Promise<Uint8Array> =>
  store.sealer.seal(utf8(bodyText(body)), strayId(id))

function putBack(item: QueueItem, failure: Failure, deps: ConsumerDeps): void {
  const { message } = item
  const delaySeconds = retryDelaySeconds(message.attempts, deps.jitter())
  message.retry({ delaySeconds })
  deps.log({
    event: 'message_retried',
    ...named(item),
    code: failure.reason,
    attempts: message.attempts,
    delay_seconds: delaySeconds,
    ...(failure.handler === undefined ? {} : { handler: failure.handler }),
    ...(failure.fault === undefined ? {} : { fault: failure.fault }),
  })
}

/** A message that comes again after this changes nothing, so an acknowledgement that is lost is no harm. */
function acknowledge(item: QueueItem, deps: ConsumerDeps): void {
  try {
    item.message.ack()
  } catch (cause) {
    deps.log({ event: 'acknowledgement_lost', ...named(item), fault: faultName(cause) })
  }
}

const named = ({ message, envelope }: QueueItem) => ({
  message: message.id,
  ...(envelope === undefined
    ? {}
    : { source: envelope.source, request_id: envelope.key.split('/')[0] ?? '' }),
})
