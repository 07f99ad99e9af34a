/** What the platform gave up on before the consumer could bury it itself. It keeps trying to bury it here. */
import type { ConsumerDeps } from './deps.ts'
import { type ReadOutside, readOurs } from './open.ts'
import { settle } from './settle.ts'

/** Buries every message of a batch. @throws only when a message could not even be put back */
export async function deadLetterExhausted(
  batch: MessageBatch,
  deps: ConsumerDeps,
  readOutside: ReadOutside = readOurs,
): Promise<void> {
  const unsettled: unknown[] = []
  for (const message of batch.messages) {
    const read = await readOutside(message, deps)
    const item = { message, envelope: read.ok ? read.envelope : undefined }
    await settle(item, { kind: 'never', reason: 'retries_exhausted' }, deps).catch((cause: unknown) =>
      unsettled.push(cause),
    )
  }
  if (unsettled.length > 0) throw new AggregateError(unsettled, 'messages could not be put back')
}
