/** Secrets that Postern generates: new values, and how a person sees them. Values that an ESP generates are entered by an operator. */
import { toBase64, toBase64Url } from '../../platform/bytes.ts'
import { isGenerated } from '../../providers/shared/slots.ts'
import type { Provider } from '../../providers/shared/provider.ts'
import type { SecretKind } from '../../providers/shared/secret-kinds.ts'
import type { Secret } from '../sources/source.ts'
import type { ShownValue } from './contract.ts'

const SECRET_BYTES = 32

type Generator = (current: Secret | undefined, slot: string) => unknown

const FIRST_USERNAME = 'postern'

/** A new value by kind, in the form that an operator would enter. User names, and names of values, are those of the current one. */
const GENERATORS: Readonly<Partial<Record<SecretKind, Generator>>> = {
  text: () => toBase64Url(random()),
  'standard-webhooks': () => `whsec_${toBase64(random())}`,
  basic: (current) => ({
    username: current?.kind === 'basic' ? current.username : FIRST_USERNAME,
    password: toBase64Url(random()),
  }),
  'named-values': (current, slot) =>
    Object.fromEntries(
      (current?.kind === 'named-values' ? Object.keys(current.values) : [firstName(slot)]).map((name) => [
        name,
        toBase64Url(random()),
      ]),
    ),
}

/** Of a header, or of a query parameter. */
const firstName = (slot: string): string => (slot === 'headers' ? 'X-Webhook-Token' : 'token')

/** A new value, with 32 random bytes for each secret part; `undefined` if Postern does not generate values of this slot. */
export function generateValue(provider: Provider, slot: string, current: Secret | undefined): unknown {
  const kind = provider.secrets[slot]
  return kind !== undefined && isGenerated(provider, slot) ? GENERATORS[kind]?.(current, slot) : undefined
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
