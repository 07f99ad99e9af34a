/** How attempts, waiting deliveries and dead letters of a destination look in the API. */
import * as v from 'valibot'

const WEBHOOK_ID = 'The value of webhook-id. To viewers, another id that means the same.'

export const AttemptAnswer = v.object({
  id: v.pipe(v.string(), v.description(WEBHOOK_ID)),
  at: v.string(),
  kind: v.picklist(['event', 'batch', 'test']),
  event_ids: v.pipe(v.array(v.string()), v.description('Of a batch the first 20.')),
  events: v.number(),
  try: v.pipe(v.number(), v.description('1 for the first. 0 for a probe or a test, which are not counted.')),
  status: v.pipe(v.nullable(v.number()), v.description('Null if there was no answer.')),
  milliseconds: v.number(),
  error: v.nullable(v.string()),
  response: v.pipe(v.nullable(v.string()), v.description('500 characters of the answer. Null to viewers.')),
  outcome: v.picklist(['delivered', 'failed', 'exhausted']),
})

const delivery = {
  id: v.pipe(v.string(), v.description(WEBHOOK_ID)),
  event_ids: v.array(v.string()),
  events: v.number(),
  tries: v.number(),
  first_failed_at: v.nullable(v.string()),
  error: v.nullable(v.string()),
  status: v.nullable(v.number()),
}

export const WaitingAnswer = v.object({
  ...delivery,
  next_try_at: v.nullable(v.string()),
  blocked: v.pipe(
    v.number(),
    v.description('Events of the same message and recipient that are held behind it.'),
  ),
})

export const DeadLetterAnswer = v.object({ ...delivery, died_at: v.string() })
