/** Handlers of sources. */
import * as v from 'valibot'
import { problem } from '../../api/problem.ts'
import { sourceRoutes } from '../../api/sources.ts'
import { isSetupOpen } from '../../event/setup-window.ts'
import { toInstant } from '../../platform/time.ts'
import { providerNamed } from '../../providers/index.ts'
import type { FirstCalls } from '../../refusals/refusal.ts'
import type { ChangeResult } from '../../registry/owners/changed.ts'
import type { SecretVersion } from '../../registry/rotation/secret-version.ts'
import { NO_SYNC, SuppressionSyncSchema } from '../../registry/sources/suppression-sync.ts'
import type { SourceView } from '../../registry/sources/source.ts'
import { OF_ALL_SOURCES } from '../access/allow.ts'
import { sees, seesAll } from '../access/actor.ts'
import { notifyEspAccount } from '../esp-accounts.ts'
import { wakeWatch } from '../incidents.ts'
import { refusesEverything } from '../../registry/sources/refuses-everything.ts'
import type { RequestContext } from '../request-context.ts'
import { firstCallsOf } from '../setups.ts'
import { notChanged } from './changes.ts'
import { holds, isKnown, underConditions } from './conditions.ts'
import { isGone, pageByName, rotationAnswer, secretVersionAnswer, tagged } from './owners.ts'
import { answer, bindRoutes, notModified } from './route.ts'

export const sources = bindRoutes(sourceRoutes, {
  async listSources({ query }, context) {
    const { registry, actor } = context
    const visible = (await registry.sources.list()).filter(({ name }) => sees(actor, name))
    const { page, nextCursor } = pageByName(visible, query)
    return answer({
      sources: page.map((source) => sourceAnswer(source, context)),
      next_cursor: nextCursor,
    })
  },

  async getSource({ params: { name }, conditions }, context) {
    const source = await context.registry.sources.find(name)
    if (source === null) return UNKNOWN
    const { version } = source
    // If-Match comes first, RFC 9110 section 13.2.2.
    if (!holds({ ...conditions, ifNoneMatch: undefined }, version))
      return notChanged({ ok: false, code: 'version_conflict', version })
    if (isKnown(conditions, version)) return notModified(tagged(version))
    const calls = await firstCallsOf(context, source)
    return answer(sourceAnswer(source, context, calls), 200, tagged(version))
  },

  async putSource({ params: { name }, body, conditions }, context) {
    const { registry, who, actor } = context
    if (!seesAll(actor) && (await changesSync(registry, name, body))) return OF_ALL_SOURCES
    const put = await underConditions(conditions, registry.sources, name, (expected) =>
      registry.sources.put(name, body, who, expected),
    )
    if (!put.ok) return notChanged(put)
    await Promise.all([wakeWatch(context), notifyEspAccount(context, name)])
    const json = { ...sourceAnswer(put.owner, context), unreached_guards: put.unreached }
    return answer(json, put.created ? 201 : 200, tagged(put.owner.version))
  },

  async deleteSource({ params: { name }, conditions }, context) {
    const { registry, who } = context
    const removed = await underConditions(conditions, registry.sources, name, (expected) =>
      registry.sources.remove(name, who, expected),
    )
    // A source that does not exist is 404 with and without conditions, RFC 9110 section 13.2.1.
    if (isGone(removed)) return UNKNOWN
    if (!removed.ok) return notChanged(removed)
    await notifyEspAccount(context, name)
    return answer({ removed: name, unreached_guards: removed.unreached })
  },

  async openSetup({ params: { name }, body }, context) {
    return setupChanged(await context.registry.sources.setup(name, body.for_seconds, context.who), context)
  },

  async closeSetup({ params: { name } }, context) {
    return setupChanged(await context.registry.sources.setup(name, null, context.who), context)
  },
})

/** Whether a document would sync otherwise than the source does. A sync gives the suppressions of all sources to the account of one. */
async function changesSync({ sources }: RequestContext['registry'], name: string, body: unknown) {
  const wanted = v.safeParse(v.looseObject({ suppressionSync: v.optional(SuppressionSyncSchema) }), body)
  const source = await sources.find(name)
  const [after, before] = [wanted.success ? wanted.output : undefined, source?.config].map(
    (one) => one?.suppressionSync ?? NO_SYNC,
  )
  return JSON.stringify(after) !== JSON.stringify(before)
}

async function setupChanged(changed: ChangeResult<SourceView>, context: RequestContext) {
  if (!changed.ok) return notChanged(changed)
  const { owner, unreached } = changed
  const calls = await firstCallsOf(context, owner)
  return answer({ ...sourceAnswer(owner, context, calls), unreached_guards: unreached })
}

/** The URL to which the ESP posts: `publicUrl` of the source if set, else the one below the gateway's address. */
export const webhookUrl = ({ name, config }: SourceView, gatewayUrl: string): string =>
  config.publicUrl ?? `${gatewayUrl}/hooks/${name}`

type AnswerContext = Pick<RequestContext, 'gatewayUrl' | 'nowMs'>

/** @param calls undefined in a list, where nobody has asked for them */
const sourceAnswer = (
  source: SourceView,
  { gatewayUrl, nowMs }: AnswerContext,
  calls?: FirstCalls | null,
) => ({
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
  setup: setupAnswer(source, nowMs, calls),
  ...source.config,
})

function setupAnswer({ config, setup }: SourceView, nowMs: number, calls: FirstCalls | null | undefined) {
  const firstCall = providerNamed(config.provider)?.firstCall
  if (setup === undefined || firstCall === undefined) return null
  const instant = (ms: number | null | undefined) => (ms === null || ms === undefined ? null : toInstant(ms))
  return {
    first_call: firstCall.kind,
    open: isSetupOpen(setup, nowMs),
    opened_at: instant(setup.openedAtMs),
    closes_at: instant(setup.endsAtMs),
    verified_at: instant(setup.verifiedAtMs),
    answered: calls === undefined ? null : (calls?.count ?? 0),
    last_at: instant(calls?.lastMs),
  }
}

/** Accepted secrets by slot. Pending and revoked versions are not accepted. */
export function acceptedCounts(versions: readonly SecretVersion[]): Record<string, number> {
  const accepted = versions.filter(({ state }) => state === 'active' || state === 'retiring')
  return Object.fromEntries(
    [...Map.groupBy(accepted, ({ slot }) => slot)].map(([slot, ones]) => [slot, ones.length]),
  )
}

const UNKNOWN = problem('source_unknown', 'There is no source of this name.')
