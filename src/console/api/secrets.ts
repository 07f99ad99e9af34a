/** Rotates, activates and revokes versions of the secrets of sources and destinations. */
import * as v from 'valibot'
import type { Who } from '../../registry/audit/entry.ts'
import type { DestinationResult } from '../../registry/destinations/destination.ts'
import type { SecretRequest, SecretResult } from '../../registry/rotation/contract.ts'
import type { SecretVersion } from '../../registry/rotation/secret-version.ts'
import { notifyDestination } from '../destinations.ts'
import type { ConsoleRegistry } from '../env.ts'
import type { RequestContext } from '../request-context.ts'
import type { Route } from './route.ts'
import { SECRET_FACTS, type SecretOwner, secretRoutes } from './secret-routes.ts'
import { UnreachedGuards, unreached } from './sources.ts'

const SourceSecretAnswer = v.object({
  source: v.string(),
  ...SECRET_FACTS,
  esp: v.pipe(
    v.nullable(v.object({ has_it: v.boolean(), problem: v.nullable(v.string()) })),
    v.description(
      'Only if Postern installs the secret at the ESP. Until the ESP has it, the old version stays active.',
    ),
  ),
  unreached_guards: UnreachedGuards,
})

const DestinationSecretAnswer = v.object({ destination: v.string(), ...SECRET_FACTS })

interface Versions {
  readonly secrets: readonly SecretVersion[]
}
type OfSource = Extract<SecretResult, { readonly ok: true }> & Versions
type OfDestination = Extract<DestinationResult, { readonly ok: true }> & Versions

const ofSources: SecretOwner<OfSource, v.InferOutput<typeof SourceSecretAnswer>> = {
  noun: 'source',
  base: '/api/sources/{name}',
  idOf: (verb) => `${verb}Secret`,
  revokeSummary: 'Revokes a version: deliveries signed with it are refused, and its value is deleted.',
  answer: SourceSecretAnswer,
  async change({ registry, who }, name, request) {
    const done = await changeOfSource(registry, name, request, who)
    return done.ok ? { ...done, secrets: done.source.secrets } : done
  },
  answerOf({ source, unreached: guards }, facts) {
    const rotation = source.rotations.find((one) => one.slot === facts.slot)
    return {
      source: source.name,
      ...facts,
      esp:
        rotation?.installed === true
          ? { has_it: rotation.state !== 'installing', problem: rotation.problem }
          : null,
      unreached_guards: unreached(guards),
    }
  },
}

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

/** After a leak, the old secret must sign nothing more: so the object that delivers hears of the change at once. */
export async function changeOfDestination(
  context: Pick<RequestContext, 'registry' | 'who' | 'destinations' | 'missing'>,
  name: string,
  request: SecretRequest,
): Promise<DestinationResult> {
  const done = await context.registry.changeDestinationSecret(name, request, context.who)
  if (done.ok && done.changed) await notifyDestination(context, name)
  return done
}

const ofDestinations: SecretOwner<OfDestination, v.InferOutput<typeof DestinationSecretAnswer>> = {
  noun: 'destination',
  base: '/api/destinations/{name}',
  idOf: (verb) => `${verb}DestinationSecret`,
  revokeSummary: 'Revokes a version: it signs no delivery any more, and its value is deleted.',
  answer: DestinationSecretAnswer,
  async change(context, name, request) {
    const done = await changeOfDestination(context, name, request)
    return done.ok ? { ...done, secrets: done.destination.secrets } : done
  },
  answerOf: ({ destination }, facts) => ({ destination: destination.name, ...facts }),
}

export const secrets: readonly Route[] = [...secretRoutes(ofSources), ...secretRoutes(ofDestinations)]
