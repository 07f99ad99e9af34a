/** Query parameters and fields of answers that several routes share. */
import * as v from 'valibot'
import { described } from '../platform/described.ts'
import { REQUEST_ID } from '../platform/ids.ts'
import { rfc3339Ms } from '../platform/time.ts'

const LIMIT_DEFAULT = 50
const LIMIT_MAX = 500

const limit = v.pipe(
  v.optional(v.string(), String(LIMIT_DEFAULT)),
  v.regex(/^[0-9]{1,4}$/, 'Must be a whole number.'),
  v.transform(Number),
  v.number(),
  v.integer(),
  v.minValue(1, `Must be from 1 to ${LIMIT_MAX}.`),
  v.maxValue(LIMIT_MAX, `Must be from 1 to ${LIMIT_MAX}.`),
  v.description('Maximum number of items.'),
  v.metadata({ default: LIMIT_DEFAULT }),
)

const cursor = v.optional(
  v.pipe(
    v.string(),
    v.regex(/^[\x21-\x7e]{1,500}$/, 'Must be a next_cursor of an earlier answer.'),
    v.description('The next_cursor of the previous page.'),
  ),
)

/** For a list with pages, newest first unless its route says otherwise. */
export const paging = { limit, cursor }

const someText = (description: string) =>
  v.pipe(
    v.string(),
    v.minLength(1, 'Must not be empty.'),
    v.maxLength(1_000, 'Must have at most 1000 characters.'),
    v.description(description),
  )

export const required = someText

/** A filter that is compared exactly. */
export const filter = (description: string) => v.optional(someText(description))

/** The request id of one delivery. */
export const requestIdFilter = (description: string) =>
  v.optional(v.pipe(v.string(), v.regex(REQUEST_ID, REQUEST_ID_FORM), v.description(description)))

export const REQUEST_ID_FORM =
  'Must be req_ and 24 lower-case hex digits, or msg_ and the id of a queue’s message.'

/** An RFC 3339 time with a time zone. */
export const instant = (description: string) =>
  v.optional(
    v.pipe(
      v.string(),
      v.check((text) => rfc3339Ms(text) !== undefined, 'Must be an RFC 3339 time with a time zone.'),
      v.description(`${description} RFC 3339.`),
    ),
  )

/** Of a call that changes many. */
export const plan = v.optional(described(v.boolean(), 'Whether to count only, and change nothing.'), false)

/** In the answer of such a call. */
export const matching = described(v.nullable(v.number()), 'With plan, how many it would be. Null otherwise.')

export const nextCursor = described(
  v.nullable(v.string()),
  'Send it as cursor to get the next page. Null on the last page.',
)

/** In an answer that is made of events. */
export const historySince = described(
  v.nullable(v.string()),
  'Since when the store has all events, by the time at which they happened. Older ones may have been removed. Null if none was ever removed.',
)
