/** Retention: for how long each kind of thing is kept, what is held beyond that, and what goes next. */
import * as v from 'valibot'
import { described } from '../platform/described.ts'
import { RetentionDocumentSchema, RetentionSettingsSchema } from '../registry/retention/document.ts'
import { RETENTION_KINDS, SETTING_NAMES } from '../registry/retention/kinds.ts'
import { type Frozen, route } from './route.ts'

/** Things that go next are counted up to this number. */
export const COUNTED_MAX = 10_000

const instantOrNull = v.nullable(v.string())

const HoldSchema = v.object({
  source: v.exactOptional(v.string()),
  person: v.exactOptional(described(v.nullable(v.string()), 'Null for viewers.')),
  reason: described(v.nullable(v.string()), 'Null for viewers.'),
  since: v.string(),
})

const SettingSchema = v.object({
  setting: v.picklist(SETTING_NAMES),
  days: described(v.nullable(v.number()), 'Null: until its other bounds remove it, see docs/retention.md.'),
  kept_since: described(
    instantOrNull,
    'The time of the oldest. Null if there is none, or if it could not be read.',
  ),
  next: described(
    v.nullable(v.object({ count: v.number(), is_more: v.boolean(), is_estimate: v.boolean() })),
    `What the next night removes, counted up to ${COUNTED_MAX}; is_more if there is more. Of events it is an estimate, without regard to holds. Null if it could not be read.`,
  ),
})

const KindSchema = v.object({
  kind: v.picklist(RETENTION_KINDS),
  settings: described(v.array(SettingSchema), 'The numbers of the document for things of this kind.'),
  is_held: described(v.boolean(), 'Whether a hold keeps all or some of it.'),
  last_run: described(
    v.nullable(
      v.object({
        at: v.string(),
        removed: v.number(),
        is_more: described(v.boolean(), 'Whether more was left when the time was over.'),
        fault: described(v.nullable(v.string()), 'Class of the fault that ended it.'),
      }),
    ),
    'Null before the nightly task came to it.',
  ),
})
type KindAnswer = Frozen<v.InferOutput<typeof KindSchema>>

/** A number of the document, with what is so for its whole kind. */
export type SettingAnswer = KindAnswer['settings'][number] & Omit<KindAnswer, 'settings'>

export const settingsOf = (kinds: readonly KindAnswer[]): readonly SettingAnswer[] =>
  kinds.flatMap(({ settings, ...kind }) => settings.map((setting) => ({ ...kind, ...setting })))

const SavedSchema = v.object({
  /** Increases with every change of the configuration. */
  version: described(v.number(), '0 if nothing was saved yet.'),
  updated_at: instantOrNull,
  document: described(
    v.object({ ...RetentionSettingsSchema.entries, holds: v.array(HoldSchema) }),
    'With all defaults.',
  ),
})
export type SavedRetention = v.InferOutput<typeof SavedSchema>

const RetentionSchema = v.object({ ...SavedSchema.entries, kinds: v.array(KindSchema) })
export type RetentionAnswer = v.InferOutput<typeof RetentionSchema>

export const retentionRoutes = {
  getRetention: route('GET', '/api/retention', 'viewer', {
    summary: 'Returns the retention document, since when each kind is kept, and what goes next.',
    answer: RetentionSchema,
  }),
  putRetention: route('PUT', '/api/retention', 'admin', {
    summary:
      'Replaces the retention document. What is not named gets its default; without "holds", holds stay. Needs a reason if it removes what would have stayed.',
    // Any JSON: the registry checks it, and lists all problems.
    body: v.unknown(),
    shownBody: RetentionDocumentSchema,
    example: {
      events: 180,
      events_by_type: { 'email.opened': 30 },
      holds: [{ source: 'shop', reason: 'dispute 4711' }],
    },
    answer: SavedSchema,
    conditional: true,
    problems: ['document_invalid', 'version_conflict', 'reason_needed'],
  }),
  planRetention: route('POST', '/api/retention/plan', 'admin', {
    summary:
      'Says what the next night would remove by a retention document, of what it would change. Changes nothing.',
    body: v.unknown(),
    shownBody: RetentionDocumentSchema,
    example: { events: 180 },
    answer: v.object({
      is_shortened: described(v.boolean(), 'Whether it removes what would have stayed.'),
      ...SavedSchema.entries,
      kinds: described(
        v.array(KindSchema),
        'Only what the next night would treat in another way than by the present document.',
      ),
    }),
    again: 'Gives the same answer. The call changes nothing.',
    keepsAnswer: false,
    problems: ['document_invalid'],
  }),
} as const
