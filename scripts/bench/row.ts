/** What one line of the benchmark is made of. */
import type { Bytes } from '../../src/platform/bytes.ts'

/** Verifies once what it was made with. */
export type Verify = () => boolean | Promise<boolean>

export interface Contestants {
  /** WebCrypto alone: a cached key, the signature decoded and the signed bytes put together beforehand. */
  readonly bare: Verify
  /** The scheme as the gateway calls it, its keys already imported. */
  readonly ours: Verify
  /** What others would use, by package name: the library of the ESP or of the standard. */
  readonly official: Readonly<Record<string, Verify>>
}

export interface Row {
  readonly name: string
  /** Keys and signatures made anew: the proof is of `signed`, and `sent` is what arrives. */
  readonly prepare: (signed: Bytes, sent: Bytes) => Promise<Contestants>
}
