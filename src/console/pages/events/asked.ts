/** The query of the address of a list of events, in the names of the API. */
import { EVENT_TYPES } from '../../../event/mail-event.ts'
import { textIn } from '../filters.tsx'
import { type Reader, momentIn } from '../range.ts'

export const askedIn = (query: URLSearchParams, reader: Reader) => ({
  // An unknown one narrows nothing.
  type: EVENT_TYPES.find((type) => type === query.get('type')),
  source: textIn(query, 'source'),
  message_id: textIn(query, 'message'),
  request_id: textIn(query, 'request'),
  campaign_id: textIn(query, 'campaign'),
  since: momentIn(query, 'from', reader),
  until: momentIn(query, 'to', reader),
})
