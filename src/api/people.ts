/** People: whose mail the events are about. */
import * as v from 'valibot'
import { nextCursor } from './paging.ts'
import { route } from './route.ts'

const PersonKeySchema = v.object({
  person: v.pipe(
    v.string(),
    v.description('The pseudonym in the column person of the archive: 32 hex digits.'),
  ),
  key: v.pipe(v.string(), v.description('Opens the column sealed of this person: 32 bytes in base64.')),
  address: v.pipe(v.string(), v.description('Normalized.')),
})

export const peopleRoutes = {
  readPeopleKeys: route({
    method: 'POST',
    path: '/api/people/keys',
    summary:
      'The keys of all people, page by page, to open the archive on your own machine. Whoever has a key can read the person’s events, also after an erasure here.',
    role: 'operator',
    again: 'The same page. Without a cursor, one more line in the audit log.',
    keepsAnswer: false,
    body: v.strictObject({
      cursor: v.optional(
        v.pipe(
          v.string(),
          v.maxLength(1_000, 'Must be a next_cursor of an earlier answer.'),
          v.description(
            'The next_cursor of the previous page. It is for the caller who began, and ends six hours after that.',
          ),
        ),
      ),
    }),
    example: {},
    answer: v.object({ people: v.array(PersonKeySchema), next_cursor: nextCursor }),
    isDangerous: () => true,
  }),
} as const
