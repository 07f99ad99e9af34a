/** Rotates, activates and revokes versions of the secrets of sources and destinations. */
import { destinationSecretRoutes, sourceSecretRoutes } from '../../api/secrets.ts'
import { toInstant } from '../../platform/time.ts'
import type { Who } from '../../registry/audit/entry.ts'
import type { DestinationResult } from '../../registry/destinations/destination.ts'
import type { SecretRequest, SecretResult } from '../../registry/rotation/contract.ts'
import type { SecretState, SecretVersion } from '../../registry/rotation/secret-version.ts'
import type { NotChanged } from '../../registry/sources/source.ts'
import { notifyDestination } from '../destinations.ts'
import type { ConsoleRegistry } from '../env.ts'
import type { RequestContext } from '../request-context.ts'
import { newLink } from '../retrieval.ts'
import { type OwnerNoun, notChanged } from './changes.ts'
import { type InputOf, answer, bindRoutes } from './route.ts'

/** A change of a secret, with the versions of its owner after it. */
interface Done {
  readonly ok: true
  readonly version: number | null
  readonly link: { readonly endsAtMs: number } | null
  readonly secrets: readonly SecretVersion[]
}

/** Fields of every answer about the version that was created or changed. */
interface Changed {
  readonly slot: string
  readonly version: number | null
  readonly state: SecretState | null
  readonly link: { readonly url: string; readonly ends_at: string } | null
}

type SecretRoutes = typeof sourceSecretRoutes

/** @param answerOf the answer, with what belongs to the noun */
function handlersOf<Result extends Done, Json>(
  noun: OwnerNoun,
  change: (context: RequestContext, name: string, request: SecretRequest) => Promise<Result | NotChanged>,
  answerOf: (done: Result, changed: Changed) => Json,
) {
  /** @param url of the retrieval link, if one was made */
  async function changed(
    context: RequestContext,
    { name, slot }: { readonly name: string; readonly slot: string },
    request: SecretRequest,
    url = '',
  ) {
    const done = await change(context, name, request)
    if (!done.ok) return notChanged(done, noun)
    const { version, link } = done
    const row = done.secrets.find((one) => one.slot === slot && one.version === version)
    const facts = {
      slot,
      version,
      state: row?.state ?? null,
      link: link === null ? null : { url, ends_at: toInstant(link.endsAtMs) },
    }
    return answer(answerOf(done, facts))
  }

  return {
    async rotate({ params, body }: InputOf<SecretRoutes['rotate']>, context: RequestContext) {
      const { value, grace_seconds: graceSeconds, emergency, force } = body
      const link = await newLink(context.consoleUrl, body.link_seconds)
      const rotation = { value, graceSeconds, emergency, force, hold: true, link: link.request }
      return changed(context, params, { kind: 'rotate', slot: params.slot, ...rotation }, link.url)
    },

    async activate({ params, body }: InputOf<SecretRoutes['activate']>, context: RequestContext) {
      const of = { slot: params.slot, version: versionOf(params) }
      return changed(context, params, { kind: 'activate', ...of, graceSeconds: body.grace_seconds })
    },

    async revoke({ params, body }: InputOf<SecretRoutes['revoke']>, context: RequestContext) {
      const of = { slot: params.slot, version: versionOf(params) }
      return changed(context, params, { kind: 'revoke', ...of, force: body.force })
    },

    async link({ params, body }: InputOf<SecretRoutes['link']>, context: RequestContext) {
      const link = await newLink(context.consoleUrl, body.link_seconds)
      const of = { slot: params.slot, version: versionOf(params) }
      return changed(context, params, { kind: 'link', ...of, link: link.request }, link.url)
    },
  }
}

/** No version has the number 0. */
const versionOf = ({ version }: { readonly version: string }): number =>
  /^[1-9][0-9]{0,8}$/.test(version) ? Number(version) : 0

const ofSources = handlersOf(
  'source',
  async ({ registry, who }, name, request) => {
    const done = await changeOfSource(registry, name, request, who)
    return done.ok ? { ...done, secrets: done.source.secrets } : done
  },
  ({ source, unreached }, changed) => {
    const rotation = source.rotations.find((one) => one.slot === changed.slot)
    const esp =
      rotation?.installed === true
        ? { has_it: rotation.state !== 'installing', problem: rotation.problem }
        : null
    return { source: source.name, ...changed, esp, unreached_guards: unreached }
  },
)

export function changeOfSource(
  registry: ConsoleRegistry,
  name: string,
  request: SecretRequest,
  who: Who,
): Promise<SecretResult> {
  const { kind, slot } = request
  if (kind === 'rotate') return registry.rotate(name, request, who)
  if (kind === 'activate') return registry.activate(name, slot, request.version, request.graceSeconds, who)
  if (kind === 'revoke') return registry.revoke(name, slot, request.version, request.force ?? false, who)
  return registry.link(name, slot, request.version, request.link, who)
}

const ofDestinations = handlersOf(
  'destination',
  async (context, name, request) => {
    const done = await changeOfDestination(context, name, request)
    return done.ok ? { ...done, secrets: done.destination.secrets } : done
  },
  ({ destination }, changed) => ({ destination: destination.name, ...changed }),
)

/** After a leak, the old secret must sign nothing more: so the object that delivers hears of the change at once. */
export async function changeOfDestination(
  context: Pick<RequestContext, 'registry' | 'who' | 'destinations' | 'reportUnavailable'>,
  name: string,
  request: SecretRequest,
): Promise<DestinationResult> {
  const done = await context.registry.changeDestinationSecret(name, request, context.who)
  if (done.ok && done.changed) await notifyDestination(context, name)
  return done
}

export const secrets = [
  ...bindRoutes(sourceSecretRoutes, ofSources, (verb) => `${verb}Secret`),
  ...bindRoutes(destinationSecretRoutes, ofDestinations, (verb) => `${verb}DestinationSecret`),
]
