/** Secrets that Postern generates: new values, and how a person sees them. An operator brings what an ESP generates. */
import { toBase64, toBase64Url } from '../../platform/bytes.ts'
import type { Provider } from '../../providers/provider.ts'
import type { SecretKind } from '../../providers/secret-kinds.ts'
import type { Secret } from '../sources/source.ts'
import type { ShownValue } from './contract.ts'

const SECRET_BYTES = 32

type Maker = (present: Secret | undefined) => unknown

/** By kind: a new value in the form in which an operator hands one in; `undefined` where the present one must be known. */
const MAKERS: Readonly<Partial<Record<SecretKind, Maker>>> = {
  text: () => toBase64Url(random()),
  'standard-webhooks': () => `whsec_${toBase64(random())}`,
  basic: (present) =>
    present?.kind === 'basic' ? { username: present.username, password: toBase64Url(random()) } : undefined,
  'named-values': (present) =>
    present?.kind === 'named-values'
      ? Object.fromEntries(Object.keys(present.values).map((name) => [name, toBase64Url(random())]))
      : undefined,
}

/** Whether a slot's values are made here: the operator gives them to the sender. */
export function isGenerated(provider: Provider, slot: string): boolean {
  const kind = provider.secrets[slot]
  return kind === 'basic' || kind === 'named-values' || provider.generated?.includes(slot) === true
}

/** A new value of 32 random bytes for each secret part, or `undefined` where it is not ours to make. */
export function makeValue(provider: Provider, slot: string, present: Secret | undefined): unknown {
  const kind = provider.secrets[slot]
  return kind !== undefined && isGenerated(provider, slot) ? MAKERS[kind]?.(present) : undefined
}

const random = () => crypto.getRandomValues(new Uint8Array(SECRET_BYTES))

/** Of the kinds that Postern makes; others are never shown. */
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
