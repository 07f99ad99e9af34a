/** Values that are the same for all deliveries of a source until one of its secrets expires. They are computed once. */
import type { AuthMethod, Provider, SourceSettings } from '../../providers/shared/provider.ts'
import { usableMethods } from '../../registry/secrets/methods.ts'
import { secretParametersOf, wholePublicUrl } from '../../registry/sources/public-url.ts'
import type { AcceptedSecret, Source } from '../../registry/sources/source.ts'
import type { SchemeContext } from './scheme.ts'

type SecretsOf = SchemeContext['secrets']

export interface Prepared {
  /** Methods that may prove a delivery, in the provider's order. None if the source is closed. */
  readonly methods: readonly AuthMethod[]
  readonly secrets: SecretsOf
  readonly settings: SourceSettings
  /** Names of query parameters that are secrets. */
  readonly secretParameters: readonly string[]
}

/** Valid from the latest expiry of a secret in the past to the next one, in milliseconds since the epoch. */
interface Held {
  readonly provider: Provider
  readonly fromMs: number
  readonly untilMs: number
  readonly prepared: Prepared
}

const held = new WeakMap<Source, Held>()

/** A retiring secret is accepted until its time, even if a cached source still has it. */
export function prepared(source: Source, provider: Provider, nowMs: number): Prepared {
  const known = held.get(source)
  if (known?.provider === provider && known.fromMs <= nowMs && nowMs < known.untilMs) return known.prepared
  const endsMs = Object.values(source.secrets).flatMap((slot) =>
    slot.map(({ acceptedUntilMs }) => acceptedUntilMs ?? Infinity),
  )
  const one = {
    provider,
    fromMs: Math.max(-Infinity, ...endsMs.filter((ms) => ms <= nowMs)),
    untilMs: Math.min(Infinity, ...endsMs.filter((ms) => ms > nowMs)),
    prepared: prepare(source, provider, nowMs),
  }
  held.set(source, one)
  return one.prepared
}

function prepare(source: Source, provider: Provider, nowMs: number): Prepared {
  const { signature, jwt } = source.config
  const settings = { signature, jwt, publicUrl: wholePublicUrl(source) }
  const secrets = acceptedSecrets(source, nowMs)
  const filled = new Set(Object.keys(source.secrets).filter((slot) => secrets([slot]).length > 0))
  return {
    methods: usableMethods(provider, source.config, filled),
    secrets,
    settings,
    secretParameters: [
      ...secrets(['query']).flatMap((secret) =>
        secret.kind === 'named-values' ? Object.keys(secret.values) : [],
      ),
      ...secretParametersOf(source),
    ],
  }
}

function acceptedSecrets({ secrets }: Source, nowMs: number): SecretsOf {
  const isAccepted = ({ acceptedUntilMs }: AcceptedSecret) =>
    acceptedUntilMs === undefined || nowMs < acceptedUntilMs
  const bySlot = new Map(Object.entries(secrets).map(([slot, all]) => [slot, all.filter(isAccepted)]))
  return (slots) => slots.flatMap((slot) => bySlot.get(slot) ?? [])
}
