/** Facts of a provider with which a person sets up a source: its secrets, and what to click at the ESP. */
import { PROVIDERS } from './index.ts'
import { type Setup, setupOf } from './setup/index.ts'
import { isGenerated } from './shared/slots.ts'
import type { Provider } from './shared/provider.ts'
import type { SecretKind } from './shared/secret-kinds.ts'

export interface SlotFacts {
  readonly slot: string
  readonly kind: SecretKind
  /** Whether Postern can make its value. Else it comes from the sender. */
  readonly made_here: boolean
  /** Whether a source can verify deliveries with it, alone or beside others. */
  readonly verifies: boolean
}

export interface ProviderFacts {
  readonly name: string
  readonly title: string
  /** Slots of the strongest proof come first. Empty if the events come by a queue, and need no source. */
  readonly slots: readonly SlotFacts[]
  /** Why the ESP names no recipient in events of some types; null if it names one in all. */
  readonly nameless: string | null
  /** Null if the pages of the ESP were not read. */
  readonly setup: Setup | null
}

function slotsOf(provider: Provider): SlotFacts[] {
  const verifying = new Set(provider.authMethods.flatMap(({ slots }) => slots))
  return [...new Set([...verifying, ...Object.keys(provider.secrets)])].flatMap((slot) => {
    const kind = provider.secrets[slot]
    const facts = { slot, made_here: isGenerated(provider, slot), verifies: verifying.has(slot) }
    return kind === undefined ? [] : [{ ...facts, kind }]
  })
}

/** All providers, by name. */
export const PROVIDER_FACTS: readonly ProviderFacts[] = PROVIDERS.map((provider) => ({
  name: provider.name,
  title: provider.title,
  slots: slotsOf(provider),
  nameless: provider.nameless?.why ?? null,
  setup: setupOf(provider.name) ?? null,
}))

export const providerFacts = (name: string): ProviderFacts | undefined =>
  PROVIDER_FACTS.find((one) => one.name === name)

/** The name that people know; of an unknown provider, its own. */
export const providerTitle = (name: string): string => providerFacts(name)?.title ?? name
