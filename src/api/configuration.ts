/** The configuration as one document. It is exported without secrets, and applied in one transaction. */
import * as v from 'valibot'
import { described } from '../platform/described.ts'
import { ChannelDocumentSchema } from '../channels/document.ts'
import { isObject } from '../platform/json.ts'
import { DestinationDocumentSchema } from '../registry/destinations/document.ts'
import { RetentionSettingsSchema } from '../registry/retention/document.ts'
import { SourceDocumentSchema } from '../registry/sources/document.ts'
import { PolicySchema } from '../store/policy/document.ts'
import { route } from './route.ts'
import { UnreachedGuardsSchema } from './sources.ts'

/** Enough for thousands of sources. */
const FILE_MAX_BYTES = 8 * 1024 * 1024

const version = v.pipe(v.number(), v.integer(), v.minValue(0))

const flags = {
  prune: described(
    v.optional(v.boolean(), false),
    'Removes sources that the document does not name; destinations and channels, too, if it has "destinations" and "channels".',
  ),
  dry_run: described(v.optional(v.boolean(), false), 'Returns what would change, and changes nothing.'),
  expected_version: described(
    v.optional(v.nullable(version), null),
    'The version that the plan was made for. If the current version differs, nothing is changed.',
  ),
}

const state = v.nullable(v.picklist(['pending', 'active', 'retiring', 'revoked']))

const OwnerChangeSchema = v.object({
  name: v.string(),
  change: described(
    v.picklist(['created', 'changed', 'removed', 'unchanged', 'left']),
    'left: the source exists, the document does not name it, and it stays.',
  ),
  settings: v.array(v.object({ path: v.string(), before: v.unknown(), after: v.unknown() })),
  secrets: v.array(v.object({ slot: v.string(), version: v.number(), before: state, after: state })),
})

const documents = v.record(v.string(), v.unknown() as v.GenericSchema<unknown, Record<string, unknown>>)

const RetentionChangeSchema = v.object({
  ...OwnerChangeSchema.entries,
  is_shortened: described(v.boolean(), 'Whether it removes what would have stayed. Needs a reason.'),
})

/** Not `v.record`, which skips a source named "constructor". */
const anyDocuments = (noun: string) =>
  v.custom<Record<string, unknown>>(isObject, `Must be an object: documents by ${noun} name.`)

const NOT_FOR_VIEWERS = 'Absent for viewers, who see no address and no URL in it.'

export const configurationRoutes = {
  getConfiguration: route('GET', '/api/configuration', 'viewer', {
    summary:
      'Returns all sources, destinations and channels as documents that can be applied again. {"stored": true} replaces each secret.',
    answer: v.object({
      version,
      sources: documents,
      destinations: described(v.optional(documents), NOT_FOR_VIEWERS),
      channels: described(v.optional(documents), NOT_FOR_VIEWERS),
      retention: described(
        v.optional(v.record(v.string(), v.unknown())),
        'The retention document without holds. Absent if none was saved.',
      ),
      policy: described(
        v.optional(v.record(v.string(), v.unknown())),
        'The suppression policy. Absent if none was taken, or if the store does not answer.',
      ),
    }),
  }),
  applyConfiguration: route('POST', '/api/configuration', 'operator', {
    summary:
      'Changes all sources, destinations and channels to match these documents, in one transaction, or changes nothing.',
    body: v.strictObject({
      sources: anyDocuments('source'),
      destinations: v.optional(anyDocuments('destination')),
      channels: v.optional(anyDocuments('channel')),
      retention: v.optional(v.unknown()),
      policy: v.optional(v.unknown()),
      ...flags,
    }),
    shownBody: v.strictObject({
      sources: v.record(v.string(), SourceDocumentSchema),
      destinations: described(
        v.optional(v.record(v.string(), DestinationDocumentSchema)),
        'Without it, destinations stay as they are.',
      ),
      channels: described(
        v.optional(v.record(v.string(), ChannelDocumentSchema)),
        'Without it, channels stay as they are. Only an admin may change them.',
      ),
      retention: described(
        v.optional(RetentionSettingsSchema),
        'Without it, retention stays as it is. Holds stay in any case. Only an admin may change it.',
      ),
      policy: described(
        v.optional(PolicySchema),
        'Without it, the suppression policy stays as it is. It is taken after all else. Only an admin may change it.',
      ),
      ...flags,
    }),
    example: {
      sources: { 'shop-sendgrid': { provider: 'sendgrid', secrets: { public_key: { stored: true } } } },
      dry_run: true,
    },
    bodyMaxBytes: FILE_MAX_BYTES,
    answer: v.object({
      version,
      changes: v.array(OwnerChangeSchema),
      destination_changes: v.array(OwnerChangeSchema),
      channel_changes: v.array(OwnerChangeSchema),
      retention_change: described(
        v.nullable(RetentionChangeSchema),
        'Null if the document says nothing of retention.',
      ),
      policy_change: described(
        v.nullable(OwnerChangeSchema),
        'Null if the document says nothing of the policy. Its settings are how many people come on the list and go off it.',
      ),
      unreached_guards: UnreachedGuardsSchema,
    }),
    again: 'Changes nothing, since sources, destinations and channels already match.',
    problems: [
      'body_invalid',
      'configuration_invalid',
      'version_conflict',
      'reason_needed',
      'confirmation_needed',
    ],
  }),
} as const
