/** Whether the webhook at the ESP is still on: asked a bit less than once an hour. */
import type { SeenWebhook } from '../drivers/driver.ts'
import type { Conversed } from './converse.ts'
import type { OpenAccount, Part, PartDeps } from './parts.ts'

/** So that a month at rest has no more than 750 calls, with one a day for details: 697 and 31. */
export const CHECK_EVERY_MS = 62 * 60_000

const CHECKED_KEY = 'webhook_checked'

/** The last answer. */
interface Checked {
  readonly atMs: number
  readonly seen: Conversed<readonly SeenWebhook[]>
}

export class Webhook implements Part {
  readonly #deps: PartDeps

  constructor(deps: PartDeps) {
    this.#deps = deps
  }

  async run(account: OpenAccount): Promise<number | null> {
    const { webhook } = account.driver
    if (webhook === undefined) return null
    const { storage, converse, nowMs } = this.#deps
    const lastMs = storage.kv.get<Checked>(CHECKED_KEY)?.atMs ?? -Infinity
    if (nowMs() - lastMs < CHECK_EVERY_MS) return lastMs + CHECK_EVERY_MS - nowMs()
    const seen = await converse(account, webhook.seen, { isUrgent: true, maxBytes: 1_048_576 })
    storage.kv.put(CHECKED_KEY, { atMs: nowMs(), seen } satisfies Checked)
    return CHECK_EVERY_MS
  }
}
