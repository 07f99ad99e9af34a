/** Filters of events in an address, in the names of the API. */
import { CAUSES } from '../../../event/cause/causes.ts'
import { BOUNCE_TYPES, EVENT_TYPES } from '../../../event/mail-event.ts'
import { AUTOMATED } from '../../../store/scan.ts'
import { textIn, valuesIn } from '../filters.tsx'
import { type Reader, momentIn } from '../range.ts'

/** An unknown type narrows nothing. */
export const typesIn = (query: URLSearchParams) => {
  const given = [...valuesIn(query, 'types'), ...valuesIn(query, 'type')]
  const types = EVENT_TYPES.filter((type) => given.includes(type))
  return types.length === 0 ? undefined : types
}

export const askedIn = (query: URLSearchParams, reader: Reader) => ({
  types: typesIn(query),
  source: textIn(query, 'source'),
  bounce_type: BOUNCE_TYPES.find((type) => type === query.get('bounce')),
  cause: CAUSES.find((cause) => cause === query.get('cause')),
  automated: AUTOMATED.find((one) => one === query.get('automated')),
  reason: textIn(query, 'reason'),
  tag: textIn(query, 'tag'),
  mailbox_provider: textIn(query, 'mailbox'),
  message_id: textIn(query, 'message'),
  request_id: textIn(query, 'request'),
  campaign_id: textIn(query, 'campaign'),
  since: momentIn(query, 'from', reader),
  until: momentIn(query, 'to', reader),
})
