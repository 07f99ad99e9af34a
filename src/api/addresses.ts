/** Whether addresses take mail: checks, lists that are checked in the background, and the service that may be asked. */
import * as v from 'valibot'
import { JOB_KEPT_DAYS } from '../addresses/kept.ts'
import { FAILURES, PENDING } from '../addresses/services/service.ts'
import { ServiceSettingsSchema } from '../addresses/settings.ts'
import { REASONS, VERDICTS } from '../addresses/verdict.ts'
import { described } from '../platform/described.ts'
import { nextCursor, paging } from './paging.ts'
import { route } from './route.ts'

export const ADDRESSES_MAX = 100
export const JOB_ADDRESSES_MAX = 10_000

/** Any text: one that is no address is told so. */
const TextSchema = v.pipe(
  v.string(),
  v.trim(),
  v.minLength(1, 'Must not be empty.'),
  v.maxLength(500, 'Must have at most 500 characters.'),
)

const flag = v.nullable(v.boolean())

export const AnsweredSchema = v.object({
  address: v.string(),
  verdict: described(
    v.picklist(VERDICTS),
    'risky: it may take mail, and whether to write there is yours to decide. unknown: nobody can tell.',
  ),
  reasons: v.array(v.picklist(REASONS)),
  flags: described(
    v.object({ disposable: flag, role: flag, free: flag, catch_all: flag }),
    'Null where nobody says. catch_all: the domain takes mail for any name.',
  ),
  did_you_mean: described(
    v.nullable(v.string()),
    'What was perhaps mistyped. Ask the person; never replace it.',
  ),
  by: described(v.string(), 'Who says so: events, syntax, lists, dns, or the name of a service.'),
  words: described(v.array(v.string()), 'The service’s own words.'),
  checked_at: described(v.string(), 'The time of what the verdict is made of: of an event, or of the check.'),
  expires_at: described(v.string(), 'Until then it counts, and nobody is asked again.'),
  pending: described(
    v.nullable(v.picklist(PENDING)),
    'Why the service was not asked or gave no verdict; the verdict is then made without it. Null if it was not needed, or answered.',
  ),
})
export type Answer = v.InferOutput<typeof AnsweredSchema>

const JobSchema = v.object({
  id: v.string(),
  created_at: v.string(),
  state: v.picklist(['running', 'stopped', 'done']),
  addresses: v.number(),
  done: v.number(),
  verdicts: described(v.record(v.string(), v.number()), 'How many by verdict.'),
  finished_at: v.nullable(v.string()),
})
export type AddressJob = v.InferOutput<typeof JobSchema>

const ServiceSchema = v.object({
  version: described(v.number(), '0 until somebody sets it.'),
  changed_at: v.nullable(v.string()),
  ...ServiceSettingsSchema.entries,
  has_key: v.boolean(),
  spent_today: described(v.number(), 'Calls since midnight (UTC).'),
  failure: described(
    v.nullable(v.picklist(FAILURES)),
    'Why the service gave no verdict when it was last asked. Null while it works.',
  ),
  failed_at: v.nullable(v.string()),
  paused_until: described(v.nullable(v.string()), 'It is not asked before.'),
})
export type AddressService = v.InferOutput<typeof ServiceSchema>

const PutSchema = v.strictObject({
  ...ServiceSettingsSchema.entries,
  key: v.optional(
    described(
      v.nullable(
        v.pipe(v.string(), v.regex(/^[\x21-\x7e]{4,500}$/, 'Must be 4 to 500 characters without spaces.')),
      ),
      'The key of the service’s API. It is never shown. Null removes it; without it the present one stays, unless the service changes.',
    ),
  ),
})

const params = { id: 'The id of the job.' }
const example = { service: 'kickbox', region: 'eu', budget_a_day: 1_000, key: 'the-key-of-the-service' }

export const addressRoutes = {
  checkAddresses: route('POST', '/api/addresses/check', 'operator', {
    summary: `Whether addresses take mail, one or up to ${ADDRESSES_MAX}: by own events, syntax, lists, DNS, and the service if one is set.`,
    again: 'The same. What a service has answered is kept, and is not asked for again while it counts.',
    keepsAnswer: false,
    body: v.union([
      v.strictObject({ address: TextSchema }),
      v.strictObject({ addresses: v.pipe(v.array(TextSchema), v.minLength(1), v.maxLength(ADDRESSES_MAX)) }),
    ]),
    example: { addresses: ['ada@example.com', 'grace@gmial.com'] },
    answer: v.object({ results: v.array(AnsweredSchema) }),
  }),
  createAddressJob: route('POST', '/api/addresses/jobs', 'operator', {
    summary: `Takes a list of up to ${JOB_ADDRESSES_MAX} addresses, which is checked in the background. It is removed ${JOB_KEPT_DAYS} days after its end.`,
    again: 'Another job with the same list. What was answered for the first one is not asked for again.',
    body: v.strictObject({
      addresses: v.pipe(v.array(TextSchema), v.minLength(1), v.maxLength(JOB_ADDRESSES_MAX)),
    }),
    bodyMaxBytes: 2 * 1024 * 1024,
    example: { addresses: ['ada@example.com', 'grace@example.com'] },
    answer: JobSchema,
    statuses: [201],
    problems: ['too_many_address_jobs'],
  }),
  listAddressJobs: route('GET', '/api/addresses/jobs', 'operator', {
    summary: 'Lists that are checked or were, newest first.',
    query: v.strictObject({ limit: paging.limit }),
    answer: v.object({ jobs: v.array(JobSchema) }),
  }),
  getAddressJob: route('GET', '/api/addresses/jobs/{id}', 'operator', {
    summary: 'How far a job is.',
    params,
    answer: JobSchema,
    problems: ['address_job_unknown'],
  }),
  listAddressJobResults: route('GET', '/api/addresses/jobs/{id}/results', 'operator', {
    summary:
      'What a job has found so far, in the order of its list. People who were erased meanwhile are missing.',
    params,
    query: v.strictObject(paging),
    answer: v.object({ results: v.array(AnsweredSchema), next_cursor: nextCursor }),
    problems: ['address_job_unknown'],
  }),
  stopAddressJob: route('POST', '/api/addresses/jobs/{id}/stop', 'operator', {
    summary: 'Ends a job where it is. Its results so far stay.',
    params,
    again: 'The same.',
    answer: JobSchema,
    problems: ['address_job_unknown'],
  }),
  getAddressService: route('GET', '/api/addresses/service', 'operator', {
    summary: 'Which verification service is asked, and how it fares.',
    answer: ServiceSchema,
  }),
  putAddressService: route('PUT', '/api/addresses/service', 'admin', {
    summary: 'Sets the verification service, its key and its budget, or that there is none.',
    body: PutSchema,
    example,
    answer: ServiceSchema,
    conditional: true,
    problems: ['document_invalid', 'version_conflict'],
  }),
} as const
