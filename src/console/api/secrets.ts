/** Rotates, activates and revokes versions of the secrets of sources and destinations. */
import { destinationSecretRoutes, sourceSecretRoutes } from '../../api/secrets.ts'
import { toInstant } from '../../platform/time.ts'
import type { DestinationView } from '../../registry/destinations/destination.ts'
import type { ChangeResult, Changed } from '../../registry/owners/changed.ts'
import type { SecretRequest } from '../../registry/rotation/contract.ts'
import type { SecretState, SecretVersion } from '../../registry/rotation/secret-version.ts'
import { API_SLOT } from '../../providers/shared/slots.ts'
import { seesAll } from '../access/actor.ts'
import { notifyDestination } from '../destinations.ts'
import { notifyEspAccount } from '../esp-accounts.ts'
import type { RequestContext } from '../request-context.ts'
import { newLink } from '../retrieval.ts'
import { type NotAllowed, type OwnerNoun, notChanged } from './changes.ts'
import { underConditions } from './conditions.ts'
import { tagged } from './owners.ts'
import { type InputOf, answer, bindRoutes } from './route.ts'

/** Fields of every answer about the version that was created or changed. */
interface SecretFacts {
  readonly slot: string
  readonly version: number | null
  readonly state: SecretState | null
  readonly link: { readonly url: string; readonly ends_at: string } | null
}

type SecretRoutes = typeof sourceSecretRoutes

interface Owned {
  readonly version: number
  readonly secrets: readonly SecretVersion[]
}

/** @param answerOf the answer, with what belongs to the noun */
function handlersOf<Owner extends Owned, Json>(
  noun: OwnerNoun,
  change: (
    context: RequestContext,
    name: string,
    request: SecretRequest,
  ) => Promise<ChangeResult<Owner> | NotAllowed>,
  answerOf: (done: Changed<Owner>, facts: SecretFacts) => Json,
) {
  /** @param url of the retrieval link, if one was made */
  async function changed(
    context: RequestContext,
    { name, slot }: { readonly name: string; readonly slot: string },
    request: SecretRequest,
    url = '',
  ) {
    const done = await change(context, name, request)
    return done.ok ? answerOfChange(done, slot, url) : notChanged(done, noun)
  }

  function answerOfChange(done: Changed<Owner>, slot: string, url: string, headers = {}) {
    const { version, link } = done
    const row = done.owner.secrets.find((one) => one.slot === slot && one.version === version)
    const facts = {
      slot,
      version,
      state: row?.state ?? null,
      link: link === null ? null : { url, ends_at: toInstant(link.endsAtMs) },
    }
    return answer(answerOf(done, facts), 200, headers)
  }

  return {
    async rotate({ params, body, conditions }: InputOf<SecretRoutes['rotate']>, context: RequestContext) {
      const { value, grace_seconds: graceSeconds, emergency, force } = body
      const { slot, name } = params
      const link = await newLink(context.consoleUrl, body.link_seconds)
      const rotation = { value, graceSeconds, emergency, force, hold: true, link: link.request }
      const done = await underConditions(conditions, context.registry[`${noun}s`], name, (expected) =>
        change(context, name, { kind: 'rotate', slot, ...rotation, expectedVersion: expected ?? undefined }),
      )
      return done.ok
        ? answerOfChange(done, slot, link.url, tagged(done.owner.version))
        : notChanged(done, noun)
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
  async (context, name, request) => {
    // The account of another key would get the suppressions of all sources in the next night.
    if (request.slot === API_SLOT && !seesAll(context.actor)) {
      const source = await context.registry.sources.find(name)
      if (source?.config.suppressionSync?.nightly === true) return { ok: false, code: 'scope_too_narrow' }
    }
    const done = await context.registry.sources.changeSecret(name, request, context.who)
    if (done.ok && request.slot === API_SLOT) await notifyEspAccount(context, name)
    return done
  },
  ({ owner: source, unreached }, changed) => {
    const rotation = source.rotations.find((one) => one.slot === changed.slot)
    const esp =
      rotation?.installed === true
        ? { has_it: rotation.state !== 'installing', problem: rotation.problem }
        : null
    return { source: source.name, ...changed, esp, unreached_guards: unreached }
  },
)

const ofDestinations = handlersOf('destination', changeOfDestination, ({ owner }, changed) => ({
  destination: owner.name,
  ...changed,
}))

/** After a leak, the old secret must sign nothing more: so the object that delivers hears of the change at once. */
async function changeOfDestination(
  context: Pick<RequestContext, 'registry' | 'who' | 'destinations' | 'reportUnavailable'>,
  name: string,
  request: SecretRequest,
): Promise<ChangeResult<DestinationView>> {
  const done = await context.registry.destinations.changeSecret(name, request, context.who)
  if (done.ok && done.changed) await notifyDestination(context, name)
  return done
}

export const secrets = [
  ...bindRoutes(sourceSecretRoutes, ofSources, (verb) => `${verb}Secret`),
  ...bindRoutes(destinationSecretRoutes, ofDestinations, (verb) => `${verb}DestinationSecret`),
]
