/** Sources: who may send, and to which URL. Secrets can be written and never read. */
import * as v from 'valibot'
import { toInstant } from '../../platform/time.ts'
import { SourceConfigSchema, SourceDocumentSchema } from '../../registry/sources/document.ts'
import type { UnreachedGuard } from '../../registry/propagation/notify-guards.ts'
import type { SecretVersion } from '../../registry/rotation/secret-version.ts'
import type { SourceView } from '../../registry/sources/source.ts'
import type { ConsoleRegistry } from '../env.ts'
import { sees } from '../access/actor.ts'
import { wakeWatch } from '../incidents.ts'
import { refusesEverything } from '../messages/missing-secret.ts'
import { notChanged } from './changes.ts'
import { NO_VERSION, holds, isKnown, underConditions } from './conditions.ts'
import {
  RotationAnswer,
  SecretVersionAnswer,
  isGone,
  pageByName,
  rotationAnswer,
  secretVersionAnswer,
  tagged,
} from './owners.ts'
import { nextCursor, paging } from './paging.ts'
import { problem } from './problem.ts'
import { type Route, answer, notModified, param, route } from './route.ts'

export const SourceAnswer = v.object({
  name: v.string(),
  /** Increases with every change of any source. */
  version: v.number(),
  webhook_url: v.pipe(v.string(), v.description('What to enter at the ESP.')),
  created_at: v.string(),
  updated_at: v.string(),
  secrets: v.pipe(
    v.record(v.string(), v.number()),
    v.description('Number of accepted secrets in each slot.'),
  ),
  secret_versions: v.array(
    v.object({
      ...SecretVersionAnswer,
      fingerprint: v.pipe(
        v.nullable(v.string()),
        v.description(
          'SHA-256 of a public key (SPKI), in hex. Null for secrets, and in the list of sources.',
        ),
      ),
    }),
  ),
  rotations: v.array(RotationAnswer),
  refuses_everything: v.pipe(
    v.nullable(
      v.object({
        missing_secrets: v.pipe(
          v.array(v.object({ one_of: v.array(v.string()) })),
          v.description('A secret is missing for each of these, in one of its slots.'),
        ),
        explanation: v.string(),
        remedy: v.pipe(v.string(), v.description('What to do, with the command.')),
      }),
    ),
    v.description('Why the source refuses every delivery: no secret can verify a sender. Else null.'),
  ),
  ...SourceConfigSchema.entries,
})

export const UnreachedGuards = v.pipe(
  v.array(v.object({ guard: v.string(), old_value_may_live_seconds: v.number() })),
  v.description(
    'Guards that did not acknowledge the change, and how long they may still use the old source.',
  ),
)

const SourceName = { name: 'The name of the source, as in its URL.' }

const PutAnswer = v.object({ ...SourceAnswer.entries, unreached_guards: UnreachedGuards })

export const sources: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/sources',
    id: 'listSources',
    summary: 'Lists all sources, by name.',
    role: 'viewer',
    scoped: true,
    query: v.strictObject(paging),
    answer: v.object({ sources: v.array(SourceAnswer), next_cursor: nextCursor }),
    async handler({ query }, { registry, gatewayUrl, actor }) {
      const visible = (await registry.list()).filter(({ name }) => sees(actor, name))
      const { page, nextCursor } = pageByName(visible, query)
      return answer({
        sources: page.map((source) => sourceAnswer(source, gatewayUrl)),
        next_cursor: nextCursor,
      })
    },
  }),
  route({
    method: 'GET',
    path: '/api/sources/{name}',
    id: 'getSource',
    summary: 'Returns one source, without the values of its secrets.',
    role: 'viewer',
    params: SourceName,
    answer: SourceAnswer,
    conditional: true,
    problems: ['source_unknown', 'version_conflict'],
    async handler({ params, conditions }, { registry, gatewayUrl }) {
      const source = await registry.view(param(params, 'name'))
      if (source === null) return unknown()
      const { version } = source
      // If-Match comes first, RFC 9110 section 13.2.2.
      if (!holds({ ...conditions, ifNoneMatch: undefined }, version))
        return notChanged({ ok: false, code: 'version_conflict', version })
      if (isKnown(conditions, version)) return notModified(tagged(version))
      return answer(sourceAnswer(source, gatewayUrl), 200, tagged(version))
    },
  }),
  route({
    method: 'PUT',
    path: '/api/sources/{name}',
    id: 'putSource',
    summary:
      'Creates or replaces a source. If the document has no secrets, the source keeps its own. A new source without secrets ' +
      'refuses everything until it has one.',
    role: 'operator',
    params: SourceName,
    // Any JSON: the registry checks it, and lists all problems.
    body: v.unknown(),
    shownBody: SourceDocumentSchema,
    answer: PutAnswer,
    statuses: [200, 201],
    conditional: true,
    problems: ['document_invalid', 'version_conflict'],
    async handler({ params, body, conditions }, context) {
      const { registry, gatewayUrl, who } = context
      const name = param(params, 'name')
      const put = await underConditions(conditions, versionOf(registry, name), (expected) =>
        registry.put(name, body, who, expected),
      )
      if (!put.ok) return notChanged(put)
      await wakeWatch(context)
      const json = { ...sourceAnswer(put.source, gatewayUrl), unreached_guards: unreached(put.unreached) }
      return answer(json, put.created ? 201 : 200, tagged(put.source.version))
    },
  }),
  route({
    method: 'DELETE',
    path: '/api/sources/{name}',
    id: 'deleteSource',
    summary: 'Removes a source. Deliveries to its URL are refused from now on; its events stay.',
    role: 'operator',
    params: SourceName,
    answer: v.object({ removed: v.string(), unreached_guards: UnreachedGuards }),
    conditional: true,
    problems: ['source_unknown', 'version_conflict'],
    async handler({ params, conditions }, { registry, who }) {
      const name = param(params, 'name')
      const removed = await underConditions(conditions, versionOf(registry, name), (expected) =>
        registry.remove(name, who, expected),
      )
      // A source that does not exist is 404 with and without conditions, RFC 9110 section 13.2.1.
      if (isGone(removed)) return unknown()
      if (!removed.ok) return notChanged(removed)
      return answer({ removed: name, unreached_guards: unreached(removed.unreached) })
    },
  }),
]

/** The URL to which the ESP posts: `publicUrl` of the source if set, else the one below the gateway's address. */
export const webhookUrl = ({ name, config }: SourceView, gatewayUrl: string): string =>
  config.publicUrl ?? `${gatewayUrl}/hooks/${name}`

const sourceAnswer = (source: SourceView, gatewayUrl: string) => ({
  name: source.name,
  version: source.version,
  webhook_url: webhookUrl(source, gatewayUrl),
  created_at: toInstant(source.createdAtMs),
  updated_at: toInstant(source.updatedAtMs),
  secrets: acceptedCounts(source.secrets),
  secret_versions: source.secrets.map((one) => ({
    ...secretVersionAnswer(one),
    fingerprint: source.fingerprints?.[`${one.slot}/${one.version}`] ?? null,
  })),
  rotations: source.rotations.map(rotationAnswer),
  refuses_everything: refusesEverything(source),
  ...source.config,
})

/** Accepted secrets by slot. Pending and revoked versions are not accepted. */
export function acceptedCounts(versions: readonly SecretVersion[]): Record<string, number> {
  const accepted = versions.filter(({ state }) => state === 'active' || state === 'retiring')
  return Object.fromEntries(
    [...Map.groupBy(accepted, ({ slot }) => slot)].map(([slot, ones]) => [slot, ones.length]),
  )
}

export const unreached = (guards: readonly UnreachedGuard[]) =>
  guards.map(({ guard, oldValueMayLiveSeconds }) => ({
    guard,
    old_value_may_live_seconds: oldValueMayLiveSeconds,
  }))

/** The current version, which the conditions are compared with. */
const versionOf = (registry: ConsoleRegistry, name: string) => async (): Promise<number> =>
  (await registry.view(name))?.version ?? NO_VERSION

const unknown = () => problem('source_unknown', 'There is no source of this name.')
