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
import { ownHosts, notifyDestination } from '../destinations.ts'
import { destinationDocument } from './destinations.ts'
import { UnreachedGuards, unreached } from './sources.ts'

/** Enough for thousands of sources. */
const FILE_MAX_BYTES = 8 * 1024 * 1024

const version = v.pipe(v.number(), v.integer(), v.minValue(0))

const Flags = {
  prune: v.pipe(
    v.optional(v.boolean(), false),
    v.description(
      'Removes sources that the document does not name; destinations, too, if it has "destinations".',
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
      'Returns all sources and destinations as documents that can be applied again. {"stored": true} replaces each secret.',
    role: 'viewer',
    answer: v.object({
      version,
      sources: v.record(v.string(), v.unknown()),
      destinations: v.record(v.string(), v.unknown()),
    }),
    async handler(_input, { registry }) {
      const { version, sources, destinations } = await registry.configuration()
      return answer({
        version,
        sources: Object.fromEntries(sources.map((source) => [source.name, documentOf(source)])),
        destinations: Object.fromEntries(destinations.map((one) => [one.name, destinationDocument(one)])),
      })
    },
  }),
  route({
    method: 'POST',
    path: '/api/configuration',
    id: 'applyConfiguration',
    summary:
      'Changes all sources and destinations to match these documents, in one transaction, or changes nothing.',
    role: 'operator',
    body: v.strictObject({
      // Not `v.record`, which skips a source named "constructor".
      sources: v.custom<Record<string, unknown>>(isObject, 'Must be an object: documents by source name.'),
      destinations: v.optional(
        v.custom<Record<string, unknown>>(isObject, 'Must be an object: documents by destination name.'),
      ),
      ...Flags,
    }),
    shownBody: v.strictObject({
      sources: v.record(v.string(), SourceDocumentSchema),
      destinations: v.pipe(
        v.optional(v.record(v.string(), DestinationDocumentSchema)),
        v.description('Without it, destinations stay as they are.'),
      ),
      ...Flags,
    }),
    bodyMaxBytes: FILE_MAX_BYTES,
    answer: v.object({
      version,
      changes: v.array(ChangeAnswer),
      destination_changes: v.array(ChangeAnswer),
      unreached_guards: UnreachedGuards,
    }),
    again: 'Changes nothing, since sources and destinations already match.',
    problems: ['body_invalid', 'configuration_invalid', 'version_conflict'],
    async handler({ body }, context) {
      const { registry, who } = context
      const applied = await registry.apply(
        {
          sources: body.sources,
          destinations: body.destinations,
          ownHosts: ownHosts(context),
          prune: body.prune,
          expectedVersion: body.expected_version,
          dryRun: body.dry_run,
        },
        who,
      )
      if (!applied.ok) return refused(applied)
      if (!body.dry_run) await wakeChanged(context, applied.destinationChanges)
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

async function wakeChanged(context: RequestContext, changes: readonly OwnerChange[]): Promise<void> {
  const changed = changes.filter(({ change }) => change !== 'unchanged' && change !== 'left')
  await Promise.all(changed.map(({ name }) => notifyDestination(context, name)))
}

const appliedAnswer = ({
  version,
  changes,
  destinationChanges,
  unreached: guards,
}: Extract<Applied, { ok: true }>) => ({
  version,
  changes: changes.map(changeAnswer),
  destination_changes: destinationChanges.map(changeAnswer),
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
