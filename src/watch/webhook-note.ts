/** How the webhook of a source stands at its ESP, as the watch is told. Types only. */
import type { WebhookReport } from '../api/webhooks.ts'

/** As the object that asks the ESP tells it. */
export interface WebhookNote {
  /** The most severe difference. `unanswered`: nobody knows. */
  readonly code: WebhookReport['differences'][number]['code'] | 'unanswered'
  /** Words for all of it, without a capital or a full stop. */
  readonly says: string
}

export interface WebhookFact extends WebhookNote {
  readonly source: string
  readonly sinceMinute: number
  /** When it was told last. */
  readonly toldMinute: number
}
