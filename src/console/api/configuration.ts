/** The configuration as one document: taken out without secrets, and applied whole or not at all. */
import * as v from 'valibot'
import { isObject } from '../../platform/json.ts'
import type { Applied, NotApplied, OwnerChange } from '../../registry/sources/configuration.ts'
import { SourceConfigSchema, SourceDocumentSchema } from '../../registry/sources/document.ts'
import type { SourceView } from '../../registry/sources/source.ts'
import { type Problem, problem } from './problem.ts'
import { type Route, answer, route } from './route.ts'
import { UnreachedGuards, unreached } from './sources.ts'

/** Thousands of sources, as a file. */
const FILE_MAX_BYTES = 8 * 1024 * 1024

const version = v.pipe(v.number(), v.integer(), v.minValue(0))

const Flags = {
  prune: v.pipe(v.optional(v.boolean(), false), v.description('Sources that are not named are removed.')),
  dry_run: v.pipe(v.optional(v.boolean(), false), v.description('Only says what would change.')),
  expected_version: v.pipe(
    v.optional(v.nullable(version), null),
    v.description('The version that the plan was made against: nothing is changed under another.'),
  ),
}

const state = v.nullable(v.picklist(['pending', 'active', 'retiring', 'revoked']))

const ChangeAnswer = v.object({
  name: v.string(),
  change: v.pipe(
    v.picklist(['created', 'changed', 'removed', 'unchanged', 'left']),
    v.description('left: it is there, is not named, and stays.'),
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
      'All sources as documents, as they would be put; in the place of a secret stands {"stored": true}.',
    role: 'viewer',
    answer: v.object({ version, sources: v.record(v.string(), v.unknown()) }),
    async handler(_input, { registry }) {
      const { version, sources } = await registry.configuration()
      return answer({
        version,
        sources: Object.fromEntries(sources.map((source) => [source.name, documentOf(source)])),
      })
    },
  }),
  route({
    method: 'POST',
    path: '/api/configuration',
    id: 'applyConfiguration',
    summary: 'Brings all sources to these documents in one transaction, or changes nothing.',
    role: 'operator',
    body: v.strictObject({
      // Not a record, which would skip a source called "constructor".
      sources: v.custom<Record<string, unknown>>(isObject, 'Must be documents by the names of sources.'),
      ...Flags,
    }),
    shownBody: v.strictObject({ sources: v.record(v.string(), SourceDocumentSchema), ...Flags }),
    bodyMaxBytes: FILE_MAX_BYTES,
    answer: v.object({ version, changes: v.array(ChangeAnswer), unreached_guards: UnreachedGuards }),
    again: 'Nothing changes: what was wanted is there.',
    problems: ['body_invalid', 'configuration_invalid', 'version_conflict'],
    async handler({ body }, { registry, who }) {
      const applied = await registry.apply(
        {
          sources: body.sources,
          prune: body.prune,
          expectedVersion: body.expected_version,
          dryRun: body.dry_run,
        },
        who,
      )
      return applied.ok ? answer(appliedAnswer(applied)) : refused(applied)
    },
  }),
]

/** The default of the level follows from the secrets, which may be others when the file is applied. */
const ALWAYS_TOLD: ReadonlySet<string> = new Set(['provider', 'level'])

/** What a source would have been put with. What has its default is left out, so that a new setting changes no file. */
function documentOf({ config, secrets }: SourceView): Record<string, unknown> {
  const defaults: Readonly<Record<string, unknown>> = v.parse(SourceConfigSchema, {
    provider: config.provider,
  })
  const chosen = Object.entries(config).filter(
    ([name, value]) => ALWAYS_TOLD.has(name) || JSON.stringify(value) !== JSON.stringify(defaults[name]),
  )
  const slots = new Set(secrets.filter(({ state }) => state !== 'revoked').map(({ slot }) => slot))
  const stored = [...slots].toSorted().map((slot) => [slot, { stored: true }] as const)
  return { ...Object.fromEntries(chosen), secrets: Object.fromEntries(stored) }
}

const appliedAnswer = ({ version, changes, unreached: guards }: Extract<Applied, { ok: true }>) => ({
  version,
  changes: changes.map(changeAnswer),
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
        `The configuration is at version ${why.version} by now: plan again. Nothing was changed.`,
      )
    : problem('configuration_invalid', 'Nothing was changed: the configuration cannot be applied.', {
        problems: why.problems,
      })
