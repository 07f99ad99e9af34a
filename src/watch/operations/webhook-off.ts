/** The webhook of a source is off at its ESP, or not as it should be. */
import { MINUTES_A_DAY, measured } from '../patterns/pattern.ts'
import type { Severity } from '../severity.ts'
import type { WebhookFact } from '../webhook-note.ts'
import type { OperationPattern } from './operation-pattern.ts'

/** Told anew by each check, an hour apart. An object that is gone tells nothing more. */
const FORGOTTEN_MINUTES = MINUTES_A_DAY

const SEVERITY: Readonly<Record<WebhookFact['code'], Severity>> = {
  secret_waits: 'error',
  other_secret: 'error',
  off: 'error',
  absent: 'error',
  elsewhere: 'error',
  lacks_types: 'warning',
  drops_events: 'error',
  unsigned: 'warning',
  failing: 'warning',
  unanswered: 'warning',
}

export const webhookOff: OperationPattern<WebhookFact> = {
  kind: 'webhook_off',
  // A check that finds nothing wrong is certain: after it, the page of the source must not say that something is.
  quietHours: 1 / 30,
  advice: [
    'Mend it: by the button of this incident, or postern sources mend NAME. Both say first what they change.',
    'If the API of the ESP cannot mend it, do so by hand at the ESP: the set-up of the source lists the steps.',
    'If the key is refused, make one with the rights that the set-up lists, and add it: postern secrets rotate NAME esp_api_token.',
  ],
  factsOf: ({ webhooks }) => webhooks ?? [],
  find({ source, code, says, sinceMinute, toldMinute }, minute) {
    if (minute - toldMinute >= FORGOTTEN_MINUTES) return undefined
    return {
      subject: source,
      source,
      severity: SEVERITY[code],
      fromMinute: sinceMinute,
      ...measured('minutes_off', Math.max(minute - sinceMinute, 0), 0),
      evidence: `${source}: ${says}`,
    }
  },
}
