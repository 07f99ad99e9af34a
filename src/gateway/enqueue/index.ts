/** Stage 6: hands a delivery's contents to the queue. Answered only when the queue has all of it. */
import type { Contents, Envelope } from '../../event/envelope.ts'
import { type PutLarge, pack } from '../../event/pack.ts'
import type { Sealer } from '../../platform/seal.ts'

export interface EnqueueDeps {
  readonly queueSealer: Sealer
  readonly putLarge: PutLarge
  /** Rejects unless the queue has written every message to disk. */
  readonly send: (envelopes: readonly Envelope[]) => Promise<void>
}

/** @throws whatever the bucket or the queue throws: nothing may be acknowledged then */
export async function enqueue(contents: Contents, deps: EnqueueDeps): Promise<void> {
  if (contents.events.length === 0 && contents.quarantined.length === 0) return
  await deps.send(await pack(contents, deps.queueSealer, deps.putLarge))
}
