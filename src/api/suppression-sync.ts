/** The suppressions of a source's ESP beside the own ones: how they differ, and making them the same. */
import * as v from 'valibot'
import { described } from '../platform/described.ts'
import { route } from './route.ts'
import { sourceParams } from './sources.ts'

const KINDS = [
  'same',
  'only_there',
  'other_reason',
  'ended_here',
  'unreadable',
  'only_here',
  'not_listed',
  'temporary',
  'unsendable',
] as const

const direction = (description: string) =>
  v.optional(described(v.boolean(), `${description} Without it: as suppressionSync of the source says.`))

const differing = {
  kind: described(
    v.picklist(KINDS),
    'only_there and other_reason are taken in, only_here is sent. ended_here was lifted here, and stays there until a person removes it, by DELETE /api/suppressions/{address} with at. temporary ends by itself here, and unsendable cannot be added by the API: both stay here alone. not_listed: the ESP gives only a part of its list. unreadable: an entry of the ESP that is no address, which is left.',
  ),
  reason: v.string(),
  scope: described(v.nullable(v.string()), 'Null for all mail.'),
}

export const SuppressionSyncSchema = v.object({
  state: described(
    v.picklist(['none', 'running', 'planned', 'stopped', 'done', 'over']),
    'planned: compared, and nothing is changed. stopped: another run goes on there. over: only figures are left, after a day.',
  ),
  step: described(
    v.nullable(v.picklist(['there', 'here', 'take', 'send'])),
    'there and here read the lists.',
  ),
  by: v.nullable(v.picklist(['person', 'schedule'])),
  started_at: v.nullable(v.string()),
  changed_at: v.nullable(v.string()),
  waits_until: described(v.nullable(v.string()), 'The ESP, or the budget of calls, has it wait.'),
  stopped: described(
    v.nullable(v.object({ code: v.string(), says: v.string() })),
    'Why it stopped. Else null.',
  ),
  is_cut: described(v.boolean(), 'Whether the ESP gives only the beginning of its list.'),
  counts: v.array(
    v.object({
      ...differing,
      count: v.number(),
      done: described(v.number(), 'Of these taken in or sent.'),
    }),
  ),
  examples: described(
    v.array(v.object({ ...differing, address: v.string() })),
    'A few, masked. They are in memory alone, and gone after some time.',
  ),
  directions: v.nullable(v.object({ take: v.boolean(), send: v.boolean() })),
  adds: described(v.array(v.string()), 'Reasons that the API of the ESP can add.'),
})
export type SuppressionSync = v.InferOutput<typeof SuppressionSyncSchema>

const about = {
  params: sourceParams,
  answer: SuppressionSyncSchema,
  problems: ['source_unknown', 'esp_key_missing'],
  allSources: true,
} as const

export const suppressionSyncRoutes = {
  getSuppressionSync: route('GET', '/api/sources/{name}/suppression-sync', 'operator', {
    ...about,
    summary: 'How the last sync of suppressions with the ESP stands.',
  }),
  beginSuppressionSync: route('POST', '/api/sources/{name}/suppression-sync', 'operator', {
    ...about,
    summary:
      'Compares the suppressions of the ESP with the own ones, and without plan makes them the same. A run goes on from a plan of the last day. Nobody is removed there.',
    again: 'The same while it runs; then it compares again.',
    body: v.strictObject({
      plan: v.optional(described(v.boolean(), 'Only compare.'), false),
      take: direction('Take in what only the ESP has.'),
      send: direction('Add at the ESP what only Postern has.'),
    }),
    example: { plan: true },
    statuses: [202],
  }),
  endSuppressionSync: route('DELETE', '/api/sources/{name}/suppression-sync', 'operator', {
    ...about,
    summary: 'Ends a sync that runs. What it has changed stays changed.',
  }),
} as const
