/** The origin of a secret: the ESP, or Postern. */
import type { Provider } from './provider.ts'

/** Whether Postern generates the values of a slot; the operator then enters them at the sender. */
export function isGenerated(provider: Provider, slot: string): boolean {
  const kind = provider.secrets[slot]
  return kind === 'basic' || kind === 'named-values' || provider.generated?.includes(slot) === true
}
