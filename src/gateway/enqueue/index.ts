/** Stage 6: sends a delivery's contents to the queue. */
import type { Contents, Envelope } from '../../event/envelope.ts'
import { type PutLarge, pack } from '../../event/pack.ts'
import type { Sealer } from '../../platform/seal.ts'

export interface EnqueueDeps {
  readonly queueSealer: Sealer
  readonly putLarge: PutLarge
  /** Resolves once the queue has written every message to disk; else rejects. */
  readonly send: (envelopes: readonly Envelope[]) => Promise<void>
}

/** @throws what the bucket or the queue throws. Then the delivery must not be acknowledged. */
export async function enqueue(contents: Contents, deps: EnqueueDeps): Promise<void> {
  const { events, quarantined, request } = contents
  if (events.length === 0 && quarantined.length === 0 && request === undefined) return
  await deps.send(await pack(contents, deps.queueSealer, deps.putLarge))
}
