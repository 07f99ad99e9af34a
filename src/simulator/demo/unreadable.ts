/** One delivery of the demo that is signed and cannot be read, so that the quarantine shows what it is for. */
import { sentFrom } from '../client-address.ts'
import { post } from '../post.ts'
import type { Stage } from '../stage.ts'

/** A source whose senders are a person's own programs, which make such mistakes. */
const SOURCE = 'demo-generic'

/** Sends an event without a type; nothing if that source is not played. */
export async function sendUnreadable(stages: readonly Stage[], nowSeconds: number): Promise<void> {
  const stage = stages.find(({ name }) => name === SOURCE)
  if (stage === undefined) return
  const event = { ...stage.inventedEvent(nowSeconds, Math.random), kind: '' }
  const request = await stage.account.deliver([event], nowSeconds)
  await post(stage.target, sentFrom(stage.address, request), { wait: async () => false })
}
