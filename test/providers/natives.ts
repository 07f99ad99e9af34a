/** Reads native items with a provider, without a delivery around them. */
import type { Draft, Opened, VerifiedBytes, Provider } from '../../src/providers/shared/provider.ts'

export interface Around {
  readonly contentType?: string
  readonly query?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** A verified body as the provider receives it. */
export const bodyOf = (text: string, around: Around = {}): VerifiedBytes => ({
  bytes: new TextEncoder().encode(text) as VerifiedBytes['bytes'],
  contentType: around.contentType ?? 'application/json',
  query: new URLSearchParams(around.query),
  verifiedHeaders: new Map(Object.entries(around.headers ?? {})),
})

export const open = (provider: Provider, text: string, around?: Around): Opened =>
  provider.open(bodyOf(text, around))

export const readItem = (provider: Provider, item: unknown, around?: Around): readonly Draft[] | undefined =>
  provider.read(item, bodyOf('', around))

/** The parts of the id of an item's only event; its time comes first. */
export function identityOf(
  provider: Provider,
  item: unknown,
  around?: Around,
): readonly unknown[] | undefined {
  const draft = readItem(provider, item, around)?.[0]
  return draft && [draft.occurredAtMs, ...draft.identity]
}
