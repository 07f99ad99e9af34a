/**
 * The Worker secret `MASTER_KEY`, versioned: `v2:<base64 of 32 bytes>,v1:<base64 of 32 bytes>`.
 * The first one seals, all of them open. No other key is stored in the clear.
 */
import { type Bytes, fromBase64, toBase64, utf8 } from './bytes.ts'
import { sha256Hex } from './sha256.ts'

export interface MasterKey {
  /** 1 to 255; leads every sealed blob. */
  readonly version: number
  readonly bytes: Bytes
}

/** A Worker that is not set up must not run. The message never holds the value. */
export class SetupError extends Error {
  override readonly name = 'SetupError'
}

/** @throws {SetupError} in one sentence, when the secret is absent or not of its form */
export function readMasterKeys(text: string | undefined): readonly [MasterKey, ...MasterKey[]] {
  if (text === undefined || text.trim() === '') {
    throw new SetupError(
      'MASTER_KEY is not set: make one with "npm run deploy" or "wrangler secret put MASTER_KEY".',
    )
  }
  const keys = text.split(',').map(readOne)
  const [first, ...rest] = keys
  if (first === undefined || keys.some((key, i) => keys.findIndex((k) => k?.version === key?.version) !== i))
    throw malformed()
  return [first, ...rest]
}

function readOne(part: string): MasterKey {
  const match = /^v([1-9][0-9]{0,2}):(.+)$/.exec(part.trim())
  const version = Number(match?.[1])
  const bytes = fromBase64(match?.[2] ?? '')
  if (!(version <= 255) || bytes?.byteLength !== 32) throw malformed()
  return { version, bytes }
}

const malformed = () =>
  new SetupError(
    'MASTER_KEY is malformed: it must be "v1:" and 32 random bytes in base64, older versions after a comma.',
  )

/** The key with the lowest version. Unlike the last of the list, it stays the same while a new key is only able to open. */
export const oldestOf = ([first, ...others]: readonly [MasterKey, ...MasterKey[]]): MasterKey =>
  others.reduce((oldest, key) => (key.version < oldest.version ? key : oldest), first)

/**
 * Names keys without revealing them, in the given order: `v2:1a2b3c4d`. A key has 256 random bits, so some digits of its hash help
 * nobody to guess it.
 */
export const keyMarks = (masters: readonly MasterKey[]): Promise<string[]> =>
  Promise.all(
    masters.map(
      async ({ version, bytes }) => `v${version}:${(await sha256Hex(bytes)).slice(0, MARK_DIGITS)}`,
    ),
  )

const MARK_DIGITS = 8

/** A new secret value of version 1. */
export const newMasterKey = (): string => `v1:${toBase64(crypto.getRandomValues(new Uint8Array(32)))}`

/** The purpose of a derived key. Different labels give unrelated keys. */
export type Purpose =
  | 'secrets'
  | 'queue'
  | 'recipient-keys'
  | 'recipient-index'
  | 'store'
  | 'session'
  | 'backup'
  | 'idempotency'
  | 'attempts'
  | 'captures'
  | 'forms'

/** HKDF-SHA-256 (RFC 5869) of one master key for one purpose: 32 bytes. */
export async function derive(master: MasterKey, purpose: Purpose): Promise<Bytes> {
  const base = await crypto.subtle.importKey('raw', master.bytes, 'HKDF', false, ['deriveBits'])
  const info = utf8(`postern/${purpose}`)
  return new Uint8Array(
    await crypto.subtle.deriveBits(
      { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(32), info },
      base,
      256,
    ),
  )
}
