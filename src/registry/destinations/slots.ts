/** The secrets of a destination: what it signs with, and the values of its headers. */
import { toBase64 } from '../../platform/bytes.ts'
import { nearest } from '../../platform/nearest.ts'
import type { Checked } from '../secrets/kind.ts'
import { checkEd25519Private, checkSigningSecret } from '../secrets/signing-keys.ts'
import { slotPath } from '../secrets/stored.ts'
import type { DocumentProblem } from '../sources/source.ts'

export interface SigningSlot {
  readonly check: (value: unknown) => Checked | Promise<Checked>
  /** A new value, as an operator would enter it. */
  readonly generate: () => string
  /** Whether the receiver needs the value, so that a person has to fetch it. Of a key pair it needs the public half only. */
  readonly isFetched: boolean
}

const random = () => toBase64(crypto.getRandomValues(new Uint8Array(32)))

export const SIGNING_SLOTS = {
  signing_secret: {
    check: checkSigningSecret,
    generate: () => `whsec_${random()}`,
    isFetched: true,
  },
  signing_key: {
    check: checkEd25519Private,
    generate: () => `whsk_${random()}`,
    isFetched: false,
  },
} as const satisfies Record<string, SigningSlot>

export type SlotName = keyof typeof SIGNING_SLOTS

/** The values of all headers, in one secret of the kind `named-values`. It changes with the document only. */
export const HEADERS_SLOT = 'headers'

export const isSigningSlot = (slot: string): slot is SlotName => Object.hasOwn(SIGNING_SLOTS, slot)

export function unknownSlot(slot: string): DocumentProblem {
  const known = Object.keys(SIGNING_SLOTS)
  const similar = nearest(slot, known)
  const hint = similar === undefined ? '' : ` Did you mean ${similar}?`
  return {
    path: slotPath(slot),
    problem: `Destinations have no such secret.${hint} Allowed: ${known.join(', ')}.`,
  }
}
