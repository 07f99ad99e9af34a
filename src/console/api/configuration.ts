/** The configuration as one document. It is exported without secrets, and applied in one transaction. */
import * as v from 'valibot'
import { isObject } from '../../platform/json.ts'
import type { Applied, NotApplied, OwnerChange } from '../../registry/sources/configuration.ts'
import { SourceConfigSchema, SourceDocumentSchema } from '../../registry/sources/document.ts'
import type { SourceView } from '../../registry/sources/source.ts'
import type { RequestContext } from '../request-context.ts'
import { type Problem, problem } from './problem.ts'
import { type Route, answer, route } from './route.ts'
import { DestinationDocumentSchema } from '../../registry/destinations/document.ts'
import { ChannelDocumentSchema } from '../../channels/document.ts'
import { may } from '../access/actor.ts'
import { notifyChannels } from '../channels.ts'
import { ownHosts, notifyDestination } from '../destinations.ts'
import { wakeWatch } from '../incidents.ts'
import { channelDocument } from './channels.ts'
import { destinationDocument } from './destinations.ts'
import { UnreachedGuards, unreached } from './sources.ts'

/** Enough for thousands of sources. */
const FILE_MAX_BYTES = 8 * 1024 * 1024

const version = v.pipe(v.number(), v.integer(), v.minValue(0))

const Flags = {
  prune: v.pipe(
    v.optional(v.boolean(), false),
    v.description(
      'Removes sources that the document does not name; destinations and channels, too, if it has "destinations" and "channels".',
    ),
  ),
  dry_run: v.pipe(
    v.optional(v.boolean(), false),
    v.description('Returns what would change, and changes nothing.'),
  ),
  expected_version: v.pipe(
    v.optional(v.nullable(version), null),
    v.description(
      'The version that the plan was made for. If the current version differs, nothing is changed.',
    ),
  ),
}

const state = v.nullable(v.picklist(['pending', 'active', 'retiring', 'revoked']))

const ChangeAnswer = v.object({
  name: v.string(),
  change: v.pipe(
    v.picklist(['created', 'changed', 'removed', 'unchanged', 'left']),
    v.description('left: the source exists, the document does not name it, and it stays.'),
  ),
  settings: v.array(v.object({ path: v.string(), before: v.unknown(), after: v.unknown() })),
  secrets: v.array(v.object({ slot: v.string(), version: v.number(), before: state, after: state })),
})

export const configuration: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/configuration',
    id: 'getConfiguration',
    summary:
      'Returns all sources, destinations and channels as documents that can be applied again. {"stored": true} replaces each secret.',
    role: 'viewer',
    answer: v.object({
      version,
      sources: v.record(v.string(), v.unknown()),
      destinations: v.record(v.string(), v.unknown()),
      channels: v.pipe(
        v.optional(v.record(v.string(), v.unknown())),
        v.description('Absent for viewers, who see no address and no URL of a channel.'),
      ),
    }),
    async handler(_input, { registry, actor }) {
      const { version, sources, destinations, channels } = await registry.configuration()
      return answer({
        version,
        sources: Object.fromEntries(sources.map((source) => [source.name, documentOf(source)])),
        destinations: Object.fromEntries(destinations.map((one) => [one.name, destinationDocument(one)])),
        ...(may(actor, 'operator')
          ? { channels: Object.fromEntries(channels.map((one) => [one.name, channelDocument(one)])) }
          : {}),
      })
    },
  }),
  route({
    method: 'POST',
    path: '/api/configuration',
    id: 'applyConfiguration',
    summary:
      'Changes all sources, destinations and channels to match these documents, in one transaction, or changes nothing.',
    role: 'operator',
    body: v.strictObject({
      // Not `v.record`, which skips a source named "constructor".
      sources: v.custom<Record<string, unknown>>(isObject, 'Must be an object: documents by source name.'),
      destinations: v.optional(
        v.custom<Record<string, unknown>>(isObject, 'Must be an object: documents by destination name.'),
      ),
      channels: v.optional(
        v.custom<Record<string, unknown>>(isObject, 'Must be an object: documents by channel name.'),
      ),
      ...Flags,
    }),
    shownBody: v.strictObject({
      sources: v.record(v.string(), SourceDocumentSchema),
      destinations: v.pipe(
        v.optional(v.record(v.string(), DestinationDocumentSchema)),
        v.description('Without it, destinations stay as they are.'),
      ),
      channels: v.pipe(
        v.optional(v.record(v.string(), ChannelDocumentSchema)),
        v.description('Without it, channels stay as they are. Only an admin may change them.'),
      ),
      ...Flags,
    }),
    bodyMaxBytes: FILE_MAX_BYTES,
    answer: v.object({
      version,
      changes: v.array(ChangeAnswer),
      destination_changes: v.array(ChangeAnswer),
      channel_changes: v.array(ChangeAnswer),
      unreached_guards: UnreachedGuards,
    }),
    again: 'Changes nothing, since sources, destinations and channels already match.',
    problems: ['body_invalid', 'configuration_invalid', 'version_conflict'],
    async handler({ body }, context) {
      const { registry, who, actor } = context
      const wanted = {
        sources: body.sources,
        destinations: body.destinations,
        channels: body.channels,
        ownHosts: ownHosts(context),
        prune: body.prune,
        expectedVersion: body.expected_version,
        dryRun: body.dry_run,
      }
      if (body.channels !== undefined && !body.dry_run && !may(actor, 'admin')) {
        const plan = await registry.apply({ ...wanted, dryRun: true }, who)
        if (!plan.ok) return refused(plan)
        if (plan.channelChanges.some(isChange)) return CHANNELS_NEED_ADMIN
        wanted.expectedVersion = plan.version
      }
      const applied = await registry.apply(wanted, who)
      if (!applied.ok) return refused(applied)
      if (!body.dry_run) {
        await wakeWatch(context)
        await wakeChanged(context, applied.destinationChanges)
        if (applied.channelChanges.some(isChange)) await notifyChannels(context)
      }
      return answer(appliedAnswer(applied))
    },
  }),
]

/** Written even with their defaults. The default of `level` depends on the secrets, which may differ when the file is applied. */
const ALWAYS_WRITTEN: ReadonlySet<string> = new Set(['provider', 'level'])

/** The document of a source. Settings with their default are left out, so that a new setting changes no exported file. */
function documentOf({ config, secrets }: SourceView): Record<string, unknown> {
  const defaults: Readonly<Record<string, unknown>> = v.parse(SourceConfigSchema, {
    provider: config.provider,
  })
  const chosen = Object.entries(config).filter(
    ([name, value]) => ALWAYS_WRITTEN.has(name) || JSON.stringify(value) !== JSON.stringify(defaults[name]),
  )
  const slots = new Set(secrets.filter(({ state }) => state !== 'revoked').map(({ slot }) => slot))
  const stored = [...slots].toSorted().map((slot) => [slot, { stored: true }] as const)
  return { ...Object.fromEntries(chosen), secrets: Object.fromEntries(stored) }
}

const isChange = ({ change }: OwnerChange): boolean => change !== 'unchanged' && change !== 'left'

const CHANNELS_NEED_ADMIN = problem(
  'role_too_low',
  'To change channels needs the role admin. Nothing was changed: leave out "channels", or ask an admin.',
)

async function wakeChanged(context: RequestContext, changes: readonly OwnerChange[]): Promise<void> {
  await Promise.all(changes.filter(isChange).map(({ name }) => notifyDestination(context, name)))
}

const appliedAnswer = ({
  version,
  changes,
  destinationChanges,
  channelChanges,
  unreached: guards,
}: Extract<Applied, { ok: true }>) => ({
  version,
  changes: changes.map(changeAnswer),
  destination_changes: destinationChanges.map(changeAnswer),
  channel_changes: channelChanges.map(changeAnswer),
  unreached_guards: unreached(guards),
})

const changeAnswer = ({ name, change, settings, secrets }: OwnerChange) => ({
  name,
  change,
  settings: [...settings],
  secrets: [...secrets],
})

const refused = (why: NotApplied): Problem =>
  why.code === 'version_conflict'
    ? problem(
        'version_conflict',
        `The configuration has changed and is now at version ${why.version}. Nothing was changed: plan again.`,
      )
    : problem('configuration_invalid', 'The configuration cannot be applied. Nothing was changed.', {
        problems: why.problems,
      })
