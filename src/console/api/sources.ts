/** Sources: who may send, and to which URL. Secrets can be written and never read. */
import * as v from 'valibot'
import { fromBase64Url, textOf, toBase64Url, utf8 } from '../../platform/bytes.ts'
import { toInstant } from '../../platform/time.ts'
import { SourceConfigSchema, SourceDocumentSchema } from '../../registry/sources/document.ts'
import { CursorMalformed } from '../../store/cursor.ts'
import type { UnreachedGuard } from '../../registry/propagation/notify-guards.ts'
import type { SecretVersion } from '../../registry/rotation/secret-version.ts'
import type { ChangeResult, SourceView } from '../../registry/sources/source.ts'
import type { ConsoleRegistry } from '../env.ts'
import { sees } from '../access/actor.ts'
import { notChanged } from './changes.ts'
import { NO_VERSION, etagOf, holds, isKnown, underConditions } from './conditions.ts'
import { nextCursor, paging } from './paging.ts'
import { problem } from './problem.ts'
import { type Route, answer, notModified, param, route } from './route.ts'

const SecretVersionAnswer = v.object({
  slot: v.string(),
  version: v.number(),
  state: v.picklist(['pending', 'active', 'retiring', 'revoked']),
  origin: v.picklist(['operator', 'postern']),
  created_at: v.string(),
  activated_at: v.nullable(v.string()),
  accepted_until: v.pipe(v.nullable(v.string()), v.description('Only while the version is retiring.')),
  revoked_at: v.nullable(v.string()),
  fingerprint: v.pipe(
    v.nullable(v.string()),
    v.description('SHA-256 of a public key (SPKI), in hex. Null for secrets, and in the list of sources.'),
  ),
})

const RotationAnswer = v.object({
  slot: v.string(),
  state: v.pipe(
    v.picklist(['fresh', 'soon', 'due', 'waiting', 'installing']),
    v.description(
      'waiting: a new value was generated and not retrieved yet. installing: the ESP does not have it yet.',
    ),
  ),
  made_here: v.pipe(
    v.boolean(),
    v.description('true if Postern generates new values, false if the ESP does.'),
  ),
  due_at: v.pipe(v.nullable(v.string()), v.description('When the next rotation is due.')),
  problem: v.pipe(
    v.nullable(v.string()),
    v.description('Why the ESP did not accept the new value. Only while installing.'),
  ),
})

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
  secret_versions: v.array(SecretVersionAnswer),
  rotations: v.array(RotationAnswer),
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
      const after = nameOf(query.cursor)
      if (after === undefined) throw new CursorMalformed('the cursor is not one of ours')
      const rest = (await registry.list()).filter(({ name }) => name > after && sees(actor, name))
      const page = rest.slice(0, query.limit)
      const last = page.at(-1)
      return answer({
        sources: page.map((source) => sourceAnswer(source, gatewayUrl)),
        next_cursor: last === undefined || page.length === rest.length ? null : toBase64Url(utf8(last.name)),
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
    summary: 'Creates or replaces a source. If the document has no secrets, the source keeps its own.',
    role: 'operator',
    params: SourceName,
    // Any JSON: the registry checks it, and lists all problems.
    body: v.unknown(),
    shownBody: SourceDocumentSchema,
    answer: PutAnswer,
    statuses: [200, 201],
    conditional: true,
    problems: ['document_invalid', 'version_conflict'],
    async handler({ params, body, conditions }, { registry, gatewayUrl, who }) {
      const name = param(params, 'name')
      const put = await underConditions(conditions, versionOf(registry, name), (expected) =>
        registry.put(name, body, who, expected),
      )
      if (!put.ok) return notChanged(put)
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
  secret_versions: source.secrets.map((one) => secretVersionAnswer(one, source.fingerprints)),
  rotations: source.rotations.map(({ slot, state, generated, dueAtMs, problem }) => ({
    slot,
    state,
    made_here: generated,
    due_at: instantOrNull(dueAtMs),
    problem,
  })),
  ...source.config,
})

/** Accepted secrets by slot. Pending and revoked versions are not accepted. */
export function acceptedCounts(versions: readonly SecretVersion[]): Record<string, number> {
  const accepted = versions.filter(({ state }) => state === 'active' || state === 'retiring')
  return Object.fromEntries(
    [...Map.groupBy(accepted, ({ slot }) => slot)].map(([slot, ones]) => [slot, ones.length]),
  )
}

const secretVersionAnswer = (one: SecretVersion, fingerprints: SourceView['fingerprints'] = {}) => ({
  slot: one.slot,
  version: one.version,
  state: one.state,
  origin: one.origin,
  created_at: toInstant(one.createdAtMs),
  activated_at: instantOrNull(one.activatedAtMs),
  accepted_until: instantOrNull(one.acceptedUntilMs),
  revoked_at: instantOrNull(one.revokedAtMs),
  fingerprint: fingerprints[`${one.slot}/${one.version}`] ?? null,
})

const instantOrNull = (ms: number | null): string | null => (ms === null ? null : toInstant(ms))

export const unreached = (guards: readonly UnreachedGuard[]) =>
  guards.map(({ guard, oldValueMayLiveSeconds }) => ({
    guard,
    old_value_may_live_seconds: oldValueMayLiveSeconds,
  }))

/** The last name of the previous page. Empty without a cursor: the empty name sorts before all others. */
function nameOf(cursor: string | undefined): string | undefined {
  if (cursor === undefined) return ''
  const bytes = fromBase64Url(cursor)
  return bytes === undefined ? undefined : textOf(bytes)
}

/** The current version, which the conditions are compared with. */
const versionOf = (registry: ConsoleRegistry, name: string) => async (): Promise<number> =>
  (await registry.view(name))?.version ?? NO_VERSION

const isGone = (change: ChangeResult): boolean =>
  !change.ok && change.code === 'version_conflict' && change.version === NO_VERSION

/**
 * The answer to a PUT has one, too, because the next If-Match needs it. RFC 9110 section 9.3.4 advises against that if the
 * stored document differs from the sent one, as here: defaults are added, and secrets are left out.
 */
const tagged = (version: number) => ({ etag: etagOf(version) })

const unknown = () => problem('source_unknown', 'There is no source of this name.')
