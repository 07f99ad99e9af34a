/** The contract of one kind of secret: turns the value that an operator sent into a {@link Secret}, or into problems. */
import { type Bytes, fromBase64, toBase64 } from '../../platform/bytes.ts'
import { isPublished } from '../../platform/weak-secret.ts'
import type { SourceConfig } from '../sources/document.ts'
import type { Secret } from '../sources/source.ts'
import { whatIsPasted } from './pasted.ts'

export interface KindOfSecret {
  /** Checks one value of a slot. Never throws, whatever the JSON. */
  readonly check: (value: unknown, config: SourceConfig) => Checked | Promise<Checked>
}

export type Checked =
  | { readonly ok: true; readonly secret: Secret }
  | { readonly ok: false; readonly problems: readonly KindProblem[] }

export interface KindProblem {
  /** The field of a value that is an object: `username`. */
  readonly field?: string
  /** One sentence. Never quotes a value. */
  readonly problem: string
}

export const accept = (secret: Secret): Checked => ({ ok: true, secret })

type PublicKey = Extract<Secret, { readonly kind: 'public-key' }>

/** @param der SubjectPublicKeyInfo in canonical form */
export function acceptPublicKey(algorithm: PublicKey['algorithm'], der: Bytes): Checked {
  const spki = toBase64(der)
  return isPublished(spki)
    ? wrong('Is a placeholder, from an example or a test: put the real key here.')
    : accept({ kind: 'public-key', algorithm, spki })
}

export const wrong = (problem: string): Checked => ({ ok: false, problems: [{ problem }] })

/** The bytes of a key that has a prefix and base64, or what is wrong with it. */
export function bytesBehind(prefix: string, value: unknown): Bytes | Checked {
  if (typeof value !== 'string') return wrong('Must be text.')
  const pasted = whatIsPasted(value)
  if (!value.startsWith(prefix))
    return wrong(
      `Must be "${prefix}" and base64${pasted === undefined ? '' : `, but this is ${pasted.name}`}.`,
    )
  const bytes = fromBase64(value.slice(prefix.length))
  return bytes ?? wrong(`Must be "${prefix}" and base64: what follows the prefix is not base64.`)
}
