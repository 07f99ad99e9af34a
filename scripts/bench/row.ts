/** What one line of the benchmark is made of. */
import type { Outcome } from '../../src/gateway/outcome.ts'
import type { Bytes } from '../../src/platform/bytes.ts'

type Verdict = boolean | Outcome<void>

/** Verifies once what it was made with. Each answers as it does; a wrapper of ours would be timed with it. */
export type Verify = () => Verdict | Promise<Verdict>

export const isGenuine = (verdict: Verdict): boolean => (typeof verdict === 'boolean' ? verdict : verdict.ok)

export interface Contestants {
  /** One call of WebCrypto with a cached key, the signature decoded and the signed bytes put together beforehand. */
  readonly check: Verify
  /**
   * The least that one writes around that call to come from the same headers and bytes to the same verdict: the runtime's own
   * decoders, no second spelling refused, no other key, no reason given.
   */
  readonly bare: Verify
  /** The scheme as the gateway calls it, its keys already imported. */
  readonly ours: Verify
  /** What others would use: the library of the ESP or of the standard, by its name. */
  readonly official: Readonly<Record<string, Verify>>
}

export interface Row {
  readonly name: string
  /** Keys and signatures made anew: the proof is of `signed`, and `sent` is what arrives. */
  readonly prepare: (signed: Bytes, sent: Bytes) => Promise<Contestants>
}
