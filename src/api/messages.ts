/** Messages: where each stands, by recipient. */
import * as v from 'valibot'
import { described } from '../platform/described.ts'
import { historySince, required } from './paging.ts'
import { route } from './route.ts'

export const messageRoutes = {
  getMessageStates: route('GET', '/api/messages', 'viewer', {
    summary:
      'The state of one message for each of its recipients: the newest event, whatever came last. To viewers, without their addresses.',
    scoped: true,
    query: v.strictObject({
      source: required('The source that the message belongs to.'),
      message_id: required('The message’s id, as in its events or as the send API answered it.'),
    }),
    answer: v.object({
      states: v.array(
        v.object({
          recipient: v.nullable(v.string()),
          state: v.string(),
          automated: described(
            v.nullable(v.boolean()),
            'Whether a machine made the newest event, such as an open; null if nobody knows.',
          ),
          occurred_at: v.string(),
          event_id: v.string(),
        }),
      ),
      history_since: historySince,
    }),
  }),
} as const
