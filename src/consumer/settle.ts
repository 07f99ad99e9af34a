/** Ends one message: acknowledged, put back for later, or buried with a reason. */
import { utf8 } from '../platform/bytes.ts'
import { faultName } from '../platform/log.ts'
import { bury, strayId } from '../store/dead-letters.ts'
import { bodyText } from './body-text.ts'
import type { ConsumerDeps } from './deps.ts'
import { ATTEMPTS_MAX, retryDelaySeconds } from './retry.ts'
import type { Failure, Parcel, Verdict } from './verdict.ts'

/** Does what the verdict says. What fails on the way puts the message back, since doing all of it again is right. */
export async function settle(parcel: Parcel, verdict: Verdict, deps: ConsumerDeps): Promise<void> {
  const { message } = parcel
  try {
    if (verdict.kind === 'done') await forgetLarge(parcel, deps)
    else if (verdict.kind === 'never' || message.attempts >= ATTEMPTS_MAX) await inter(parcel, verdict, deps)
    else return putBack(parcel, verdict, deps)
  } catch (cause) {
    return putBack(parcel, { kind: 'again', reason: 'store_failed', fault: faultName(cause) }, deps)
  }
  acknowledge(parcel, deps)
}

/** A large delivery's object, once nothing of it is left to be done. It may be gone already. */
async function forgetLarge({ message, envelope }: Parcel, deps: ConsumerDeps): Promise<void> {
  if (envelope?.kind !== 'stored') return
  try {
    await deps.large.delete(envelope.object)
  } catch (cause) {
    // An object left behind is no reason to keep a message for ever whose events are all stored.
    if (message.attempts < ATTEMPTS_MAX) throw cause
    deps.log({ event: 'large_left_behind', ...named({ message, envelope }), fault: faultName(cause) })
  }
}

async function inter(
  parcel: Parcel,
  verdict: Exclude<Verdict, { kind: 'done' }>,
  deps: ConsumerDeps,
): Promise<void> {
  const { message, envelope } = parcel
  const { handler, fault } = verdict.kind === 'again' ? verdict : {}
  await bury(
    deps.store,
    {
      messageId: message.id,
      envelope,
      sealedBody: envelope === undefined ? await sealStray(message, deps) : undefined,
      reason: verdict.reason,
      handler,
      attempts: message.attempts,
    },
    deps.nowMs(),
  )
  deps.log({
    event: 'message_buried',
    ...named(parcel),
    code: verdict.reason,
    attempts: message.attempts,
    ...(handler === undefined ? {} : { handler }),
    ...(fault === undefined ? {} : { fault }),
  })
}

/** What is no envelope may hold anything, so it rests sealed like everything else. */
const sealStray = ({ id, body }: Message, { store }: ConsumerDeps): Promise<Uint8Array> =>
  store.sealer.seal(utf8(bodyText(body)), strayId(id))

function putBack(parcel: Parcel, failure: Failure, deps: ConsumerDeps): void {
  const { message } = parcel
  const delaySeconds = retryDelaySeconds(message.attempts, deps.jitter())
  message.retry({ delaySeconds })
  deps.log({
    event: 'message_retried',
    ...named(parcel),
    code: failure.reason,
    attempts: message.attempts,
    delay_seconds: delaySeconds,
    ...(failure.handler === undefined ? {} : { handler: failure.handler }),
    ...(failure.fault === undefined ? {} : { fault: failure.fault }),
  })
}

/** A message that comes again after this changes nothing, so an acknowledgement that is lost is no harm. */
function acknowledge(parcel: Parcel, deps: ConsumerDeps): void {
  try {
    parcel.message.ack()
  } catch (cause) {
    deps.log({ event: 'acknowledgement_lost', ...named(parcel), fault: faultName(cause) })
  }
}

const named = ({ message, envelope }: Parcel) => ({
  message: message.id,
  ...(envelope === undefined
    ? {}
    : { source: envelope.source, request_id: envelope.key.split('/')[0] ?? '' }),
})
