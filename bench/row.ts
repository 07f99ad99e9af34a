/** The parts of one line of the benchmark. */
import type { Outcome } from '../src/gateway/outcome.ts'
import type { Bytes } from '../src/platform/bytes.ts'

type Verdict = boolean | Outcome<void>

/** Verifies the given signature once. Results keep their own form, since a wrapper would add to the measured time. */
export type Verify = () => Verdict | Promise<Verdict>

export const isGenuine = (verdict: Verdict): boolean => (typeof verdict === 'boolean' ? verdict : verdict.ok)

export interface Contestants {
  /** One call of WebCrypto with a cached key. The signature is decoded and the signed bytes are joined beforehand. */
  readonly check: Verify
  /**
   * The minimum code around that call that gets from the same headers and bytes to the same verdict: the runtime's own decoders,
   * one key, no check for other spellings, no reason for a refusal.
   */
  readonly bare: Verify
  /** The scheme as the gateway calls it, with imported keys. */
  readonly ours: Verify
  /** The official libraries of the ESP or of the standard, by name. */
  readonly official: Readonly<Record<string, Verify>>
}

export interface Row {
  readonly name: string
  /** Creates keys and signatures. The signature covers `signed`; `sent` is what arrives. */
  readonly prepare: (signed: Bytes, sent: Bytes) => Promise<Contestants>
}
