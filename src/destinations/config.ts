/** A destination's settings, opened: its filter compiled, its keys and header values in the clear. */
import { type Filter, eventFilter } from '../event/filter/filter.ts'
import type { MailEvent } from '../event/mail-event.ts'
import { fromBase64 } from '../platform/bytes.ts'
import { hostOf } from '../platform/outbound-url.ts'
import type { Sealer } from '../platform/seal.ts'
import type { SigningKey } from '../platform/webhook-signature.ts'
import type { SealedDestination } from '../registry/destinations/destination.ts'
import type { DestinationConfig } from '../registry/destinations/document.ts'
import type { Secret } from '../registry/sources/source.ts'
import { openDestination } from '../registry/destinations/view.ts'

export interface OpenDestination {
  readonly name: string
  readonly config: DestinationConfig
  /** When a destination of this name was made: an object that served an earlier one begins anew. */
  readonly createdAtMs: number
  /** Of the URL. */
  readonly hostname: string
  readonly filter: Filter
  readonly matches: (event: MailEvent) => boolean
  readonly headers: Readonly<Record<string, string>>
  /** All that sign now, the newest first. */
  readonly keys: readonly SigningKey[]
}

/** @throws {SealBroken} if a secret is sealed under a master key that is not configured */
export async function openConfig(sealed: SealedDestination, sealer: Sealer): Promise<OpenDestination> {
  const secrets = await openDestination(sealer, sealed)
  const filter = (sealed.config.filter ?? {}) as Filter
  const [headers] = secrets['headers'] ?? []
  return {
    name: sealed.name,
    config: sealed.config,
    createdAtMs: sealed.createdAtMs,
    hostname: hostOf(sealed.config.url),
    filter,
    matches: eventFilter(filter),
    headers: headers?.kind === 'named-values' ? headers.values : {},
    keys: [...keysOf(secrets['signing_secret'], 'v1'), ...keysOf(secrets['signing_key'], 'v1a')],
  }
}

const keysOf = (secrets: readonly Secret[] | undefined, kind: SigningKey['kind']): SigningKey[] =>
  (secrets ?? []).toReversed().flatMap((secret) => {
    const text =
      secret.kind === 'standard-webhooks' ? secret.key : secret.kind === 'ed25519-private' ? secret.seed : ''
    const key = fromBase64(text)
    return key === undefined || key.byteLength === 0 ? [] : [{ kind, key }]
  })
