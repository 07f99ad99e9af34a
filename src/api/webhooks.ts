/** How the webhook of a source stands at its ESP, by the ESP's own API, and making it right. */
import * as v from 'valibot'
import { described } from '../platform/described.ts'
import { route } from './route.ts'
import { sourceParams } from './sources.ts'

/** The most severe first. */
export const DIFFERENCES = [
  'secret_waits',
  'other_secret',
  'off',
  'absent',
  'elsewhere',
  'lacks_types',
  'drops_events',
  'unsigned',
  'failing',
] as const

const WebhookReportSchema = v.object({
  checked_at: described(v.string(), 'When the ESP was asked last.'),
  answered_at: described(v.nullable(v.string()), 'When it last answered. What follows is of that time.'),
  differences: described(
    v.array(v.object({ code: v.picklist(DIFFERENCES), says: v.string() })),
    'What is not as it should be. Empty if all is well.',
  ),
  webhook: described(
    v.nullable(
      v.object({
        id: v.nullable(v.string()),
        url: described(v.nullable(v.string()), 'Without credentials.'),
        enabled: v.nullable(v.boolean()),
        types: v.nullable(v.array(v.string())),
        signed: v.nullable(v.boolean()),
        last_error: v.nullable(v.string()),
        delivered: described(v.nullable(v.number()), 'Deliveries that the ESP counts, of a day if it can.'),
        failed: v.nullable(v.number()),
      }),
    ),
    'Ours, as the ESP describes it. Null fields are not told by it. Null if there is none.',
  ),
  others: described(v.number(), 'Webhooks of the account that are not ours.'),
  problem: described(
    v.nullable(v.object({ code: v.string(), status: v.nullable(v.number()), says: v.string() })),
    'Why the last question got no answer. Else null.',
  ),
  key_can_also: described(
    v.nullable(v.string()),
    'Rights of the key beyond those that Postern uses. Null if there are none, or the ESP does not tell.',
  ),
  can_mend: described(v.boolean(), 'Whether the API of this ESP can make the webhook right, as it stands.'),
})
export type WebhookReport = v.InferOutput<typeof WebhookReportSchema>

export const webhookRoutes = {
  checkWebhook: route('POST', '/api/sources/{name}/check', 'operator', {
    again: 'Asks again.',
    summary: 'Asks the ESP whether the webhook is on, points here, has all event types and is signed.',
    params: sourceParams,
    answer: WebhookReportSchema,
    problems: ['source_unknown', 'esp_key_missing'],
  }),
  mendWebhook: route('POST', '/api/sources/{name}/mend', 'operator', {
    again: 'Nothing is left to mend, and done is false; or the plan has changed.',
    summary:
      'Makes the webhook at the ESP right: on, at our URL, with all event types. Then it checks again.',
    params: sourceParams,
    body: v.strictObject({
      plan: v.optional(v.boolean(), false),
      of: v.optional(
        described(v.string(), 'The `of` of the plan that was read. Without plan, anything else is refused.'),
      ),
    }),
    example: { plan: true },
    answer: v.object({
      done: v.boolean(),
      steps: described(v.array(v.string()), 'What is done, or would be. Empty if all is well.'),
      of: described(v.string(), 'Digest of the plan, of the key and of the webhooks of the account.'),
      report: WebhookReportSchema,
    }),
    problems: [
      'source_unknown',
      'esp_key_missing',
      'webhook_not_mendable',
      'plan_changed',
      'reason_needed',
      'esp_refused',
    ],
  }),
} as const
