/** Events: what happened to whose mail. */
import * as v from 'valibot'
import { SecuritySchema } from '../../event/decision.ts'
import { EVENT_TYPES, MailEventSchema } from '../../event/mail-event.ts'
import { listEvents } from '../../store/events.ts'
import { may } from '../access/actor.ts'
import { filter, instant, nextCursor, paging, requestIdFilter } from './paging.ts'
import { problem } from './problem.ts'
import { type Route, answer, route } from './route.ts'

/** An event in its flat form, and how its delivery was let in. */
export const EventAnswer = v.object({ ...MailEventSchema.entries, security: SecuritySchema })

const ADDRESS_FORBIDDEN = problem('role_too_low', 'To ask by address takes the role operator.')

export const events: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/events',
    id: 'listEvents',
    summary: 'Events, newest first by the time at which they happened. To viewers, without what is personal.',
    role: 'viewer',
    scoped: true,
    query: v.strictObject({
      source: filter('Only of this source.'),
      type: v.optional(
        v.pipe(
          v.picklist(EVENT_TYPES, `Must be one of ${EVENT_TYPES.join(', ')}.`),
          v.description('Only of this type.'),
        ),
      ),
      recipient: filter('Only of this address, exactly.'),
      message_id: filter('Only of this message.'),
      request_id: requestIdFilter(
        'Only of the delivery with this request id. Not indexed: since and until make it faster.',
      ),
      since: instant(
        'Only what happened at this time or later. What is dated in the future counts as of its receipt.',
      ),
      until: instant('Only what happened before this time.'),
      ...paging,
    }),
    answer: v.object({ events: v.array(EventAnswer), next_cursor: nextCursor }),
    problems: ['role_too_low'],
    async handler({ query }, { store, actor, nowMs }) {
      // Whether an address has events is personal, too.
      if (query.recipient !== undefined && !may(actor, 'operator')) return ADDRESS_FORBIDDEN
      return answer(await listEvents(store, query, nowMs))
    },
  }),
]
