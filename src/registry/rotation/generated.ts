/** Secrets that Postern generates: new values, and how a person sees them. Values that an ESP generates are entered by an operator. */
import { toBase64, toBase64Url } from '../../platform/bytes.ts'
import type { Provider } from '../../providers/shared/provider.ts'
import type { SecretKind } from '../../providers/shared/secret-kinds.ts'
import type { Secret } from '../sources/source.ts'
import type { ShownValue } from './contract.ts'

const SECRET_BYTES = 32

type Generator = (current: Secret | undefined) => unknown

/** A new value by kind, in the form that an operator would enter. `undefined` if it needs the current value and there is none. */
const GENERATORS: Readonly<Partial<Record<SecretKind, Generator>>> = {
  text: () => toBase64Url(random()),
  'standard-webhooks': () => `whsec_${toBase64(random())}`,
  basic: (current) =>
    current?.kind === 'basic' ? { username: current.username, password: toBase64Url(random()) } : undefined,
  'named-values': (current) =>
    current?.kind === 'named-values'
      ? Object.fromEntries(Object.keys(current.values).map((name) => [name, toBase64Url(random())]))
      : undefined,
}

/** Whether Postern generates the values of a slot; the operator then enters them at the sender. */
export function isGenerated(provider: Provider, slot: string): boolean {
  const kind = provider.secrets[slot]
  return kind === 'basic' || kind === 'named-values' || provider.generated?.includes(slot) === true
}

/** A new value, with 32 random bytes for each secret part; `undefined` if Postern does not generate values of this slot. */
export function generateValue(provider: Provider, slot: string, current: Secret | undefined): unknown {
  const kind = provider.secrets[slot]
  return kind !== undefined && isGenerated(provider, slot) ? GENERATORS[kind]?.(current) : undefined
}

const random = () => crypto.getRandomValues(new Uint8Array(SECRET_BYTES))

/** Values that a person copies to the sender: the parts of a secret, each with its name. Empty for kinds that Postern never generates. */
export function shownValues(secret: Secret): readonly ShownValue[] {
  if (secret.kind === 'text') return [{ name: 'secret', value: secret.text }]
  if (secret.kind === 'standard-webhooks') return [{ name: 'secret', value: `whsec_${secret.key}` }]
  if (secret.kind === 'basic') {
    return [
      { name: 'username', value: secret.username },
      { name: 'password', value: secret.password },
    ]
  }
  if (secret.kind === 'named-values')
    return Object.entries(secret.values).map(([name, value]) => ({ name, value }))
  return []
}
