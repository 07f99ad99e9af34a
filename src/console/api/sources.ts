/** Sources: what may send, and where to. Secrets go in and never come out. */
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
  accepted_until: v.pipe(v.nullable(v.string()), v.description('While it retires.')),
  revoked_at: v.nullable(v.string()),
  fingerprint: v.pipe(
    v.nullable(v.string()),
    v.description('SHA-256 of a public key (its SPKI) in hex, where one source is read. Null for secrets.'),
  ),
})

const RotationAnswer = v.object({
  slot: v.string(),
  state: v.pipe(
    v.picklist(['fresh', 'soon', 'due', 'waiting', 'installing']),
    v.description(
      'waiting: a new value is made and nobody has fetched it. installing: the ESP has not taken it yet.',
    ),
  ),
  made_here: v.pipe(v.boolean(), v.description('Whether Postern makes new values, or the ESP.')),
  due_at: v.pipe(v.nullable(v.string()), v.description('When another version is due.')),
  problem: v.pipe(v.nullable(v.string()), v.description('Why the ESP did not take it, while installing.')),
})

export const SourceAnswer = v.object({
  name: v.string(),
  /** Grows with every change of any source. */
  version: v.number(),
  webhook_url: v.pipe(v.string(), v.description('What to enter at the ESP.')),
  created_at: v.string(),
  updated_at: v.string(),
  secrets: v.pipe(
    v.record(v.string(), v.number()),
    v.description('How many secrets of each slot are accepted.'),
  ),
  secret_versions: v.array(SecretVersionAnswer),
  rotations: v.array(RotationAnswer),
  ...SourceConfigSchema.entries,
})

export const UnreachedGuards = v.pipe(
  v.array(v.object({ guard: v.string(), old_value_may_live_seconds: v.number() })),
  v.description('Guards that did not hear of the change, and for how long the old source may still be used.'),
)

const SourceName = { name: 'The name of the source, as in its URL.' }

const PutAnswer = v.object({ ...SourceAnswer.entries, unreached_guards: UnreachedGuards })

export const sources: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/sources',
    id: 'listSources',
    summary: 'All sources, by name.',
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
    summary: 'One source, without its secrets.',
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
    summary: 'Creates or replaces a source. Without secrets, a source keeps the ones that it has.',
    role: 'operator',
    params: SourceName,
    // Any JSON: the registry reads it, and names every problem at once.
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
    summary: 'Removes a source: the next delivery to its URL is refused. Its events stay.',
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
      // What is not there would be 404 without conditions, too, RFC 9110 section 13.2.1.
      if (isGone(removed)) return unknown()
      if (!removed.ok) return notChanged(removed)
      return answer({ removed: name, unreached_guards: unreached(removed.unreached) })
    },
  }),
]

/** Where the ESP has to post: what the operator says it was given, else the gateway's own address. */
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

/** Those that wait or are over prove nothing. */
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

/** The name that a page ended with; empty, which is before all names, when there is no cursor. */
function nameOf(cursor: string | undefined): string | undefined {
  if (cursor === undefined) return ''
  const bytes = fromBase64Url(cursor)
  return bytes === undefined ? undefined : textOf(bytes)
}

/** The version that conditions are held against. */
const versionOf = (registry: ConsoleRegistry, name: string) => async (): Promise<number> =>
  (await registry.view(name))?.version ?? NO_VERSION

const isGone = (change: ChangeResult): boolean =>
  !change.ok && change.code === 'version_conflict' && change.version === NO_VERSION

/**
 * Also of a PUT, whose document is stored with defaults and without secrets (RFC 9110 section 9.3.4 would rather have none
 * then): it is what the next If-Match needs.
 */
const tagged = (version: number) => ({ etag: etagOf(version) })

const unknown = () => problem('source_unknown', 'There is no source of this name.')
