/** The webhook of a source is off at its ESP, or not as it should be. */
import { MINUTES_A_DAY, measured } from '../patterns/pattern.ts'
import type { Severity } from '../severity.ts'
import type { WebhookFact } from '../webhook-note.ts'
import type { OperationPattern } from './operation-pattern.ts'

/** Told anew by each check, an hour apart. An object that is gone tells nothing more. */
const FORGOTTEN_MINUTES = MINUTES_A_DAY

const SEVERITY: Readonly<Record<WebhookFact['code'], Severity>> = {
  secret_waits: 'error',
  off: 'error',
  absent: 'error',
  elsewhere: 'error',
  lacks_types: 'warning',
  unsigned: 'warning',
  failing: 'warning',
  unanswered: 'warning',
}

export const webhookOff: OperationPattern<WebhookFact> = {
  kind: 'webhook_off',
  quietHours: 0.25,
  advice: [
    'Mend it: postern sources mend SOURCE --plan says how, and without --plan it does it. So does the button of this incident.',
    'If the API of the ESP cannot: look at the webhook there by hand, postern providers PROVIDER says where.',
    'If the key is refused: bring one with the rights that postern providers PROVIDER lists, postern secrets rotate SOURCE esp_api_token.',
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
