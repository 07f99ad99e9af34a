/** Dead-letters messages whose retries the platform used up before the consumer could do so. It retries until it succeeds. */
import type { ConsumerDeps } from './deps.ts'
import { type ReadEnvelope, readOwn } from './open.ts'
import { Retries } from './retries.ts'
import { settle } from './settle.ts'

/** Dead-letters every message of a batch. @throws only if a message could not be put back */
export async function deadLetterExhausted(
  batch: MessageBatch,
  deps: ConsumerDeps,
  readEnvelope: ReadEnvelope = readOwn,
): Promise<void> {
  const unsettled: unknown[] = []
  const retries = new Retries(deps)
  for (const message of batch.messages) {
    const read = await readEnvelope(message, deps)
    const item = { message, envelope: read.ok ? read.envelope : undefined }
    try {
      retries.add(item, await settle(item, { kind: 'never', reason: 'retries_exhausted' }, deps))
    } catch (cause) {
      unsettled.push(cause)
    }
  }
  await retries.write()
  if (unsettled.length > 0) throw new AggregateError(unsettled, 'messages could not be put back')
}
