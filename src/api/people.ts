/** People: whose mail the events are about. */
import * as v from 'valibot'
import { described } from '../platform/described.ts'
import { AddressSchema } from './address.ts'
import { CertificateKeySchema, EraseAnswerSchema, ErasureSchema } from './erasures.ts'
import { historySince, nextCursor, paging } from './paging.ts'
import { PersonDataSchema, PersonSumSchema } from './person-data.ts'
import { route } from './route.ts'

const PersonKeySchema = v.object({
  person: described(v.string(), 'The pseudonym in the column person of the archive: 32 hex digits.'),
  key: described(v.string(), 'Opens the column sealed of this person: 32 bytes in base64.'),
  address: described(v.string(), 'Normalized.'),
})

const ArchivedSchema = v.nullable(
  v.object({
    pseudonym: described(v.string(), 'In the column person of the archive’s files: 32 hex digits.'),
    files: described(v.number(), 'Of all people.'),
    first_day: v.nullable(v.string()),
    last_day: v.nullable(v.string()),
  }),
)

const cursor = v.optional(
  v.pipe(
    v.string(),
    v.maxLength(2_000, 'Must be a next_cursor of an earlier answer.'),
    v.description(
      'The next_cursor of the previous page. It is for the caller who began, and ends six hours after that.',
    ),
  ),
)

const person = {
  address: described(v.string(), 'Normalized.'),
  archive: described(
    ArchivedSchema,
    'Null if no file can have events of the person that open. The files themselves tell more.',
  ),
  history_since: historySince,
}

export const peopleRoutes = {
  showPerson: route('POST', '/api/people/show', 'operator', {
    summary: 'How much is known of a person, by place: counts and times, and nothing of what it says.',
    again: 'The same, and one more line in the audit log.',
    keepsAnswer: false,
    body: v.strictObject({ address: AddressSchema }),
    example: { address: 'ada@example.com' },
    answer: v.object({
      ...person,
      person: described(v.string(), 'As certificates of erasures name the person.'),
      places: described(v.array(PersonSumSchema), 'Places with nothing are left out.'),
    }),
  }),
  exportPerson: route('POST', '/api/people/export', 'operator', {
    summary:
      'All that is known of a person, page by page: each page has some of each list. Archived events open with the key, on your own machine.',
    again: 'The same page. Without a cursor, one more line in the audit log.',
    keepsAnswer: false,
    body: v.strictObject({ address: AddressSchema, cursor }),
    example: { address: 'ada@example.com' },
    answer: v.object({
      ...person,
      key: described(
        v.nullable(v.string()),
        'Opens the column sealed of the archived events: 32 bytes in base64.',
      ),
      ...PersonDataSchema.entries,
      next_cursor: nextCursor,
    }),
    isDangerous: () => true,
  }),
  readPeopleKeys: route('POST', '/api/people/keys', 'operator', {
    summary:
      'The keys of all people, page by page, to open the archive on your own machine. Whoever has a key can read the person’s events, also after an erasure here.',
    again: 'The same page. Without a cursor, one more line in the audit log.',
    keepsAnswer: false,
    body: v.strictObject({ cursor }),
    example: {},
    answer: v.object({ people: v.array(PersonKeySchema), next_cursor: nextCursor }),
    isDangerous: () => true,
  }),
  erasePerson: route('POST', '/api/people/erase', 'operator', {
    summary:
      'Erases a person: destroys the key, and removes what names the person. With plan: says what would go. An address that nobody knows gets the same certificate.',
    again:
      'Goes on with the erasure of the person that runs. If none runs, it makes another one with the same result.',
    keepsAnswer: false,
    body: v.strictObject({
      address: AddressSchema,
      keep_suppression: v.optional(
        described(
          v.boolean(),
          'Whether suppressions of the address stay, under a keyed hash, so that nobody writes to the person again. With false they are forgotten, also those that an erasure before has kept.',
        ),
        true,
      ),
      plan: v.optional(described(v.boolean(), 'Whether to count only, and change nothing.'), false),
    }),
    example: { address: 'ada@example.com', plan: true },
    answer: EraseAnswerSchema,
    statuses: [200, 202],
    problems: ['person_held'],
    isDangerous: ({ body }) => !body.plan,
  }),
  listErasures: route('GET', '/api/people/erasures', 'operator', {
    summary: 'Lists erasures of people, newest first. They name nobody.',
    query: v.strictObject(paging),
    answer: v.object({ erasures: v.array(ErasureSchema), next_cursor: nextCursor }),
  }),
  getErasure: route('GET', '/api/people/erasures/{number}', 'operator', {
    summary: 'Returns an erasure, with its certificate once it is finished.',
    params: { number: 'The number of the erasure.' },
    answer: ErasureSchema,
    problems: ['erasure_unknown'],
  }),
  getCertificateKey: route('GET', '/api/people/certificate-key', 'operator', {
    summary: 'Returns the public key of all certificates, with which anybody can verify one.',
    answer: CertificateKeySchema,
  }),
} as const
