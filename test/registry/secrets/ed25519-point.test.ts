// For Ed25519.
import 'cloudflare:workers'
import { expect, it } from 'vitest'
import { type Bytes, concat, fromHex, utf8 } from '../../../src/platform/bytes.ts'
import { isStrongPoint } from '../../../src/registry/secrets/public-keys.ts'

/** The eight points of small order, and the other encodings of them that a decoder may accept. */
const SMALL_ORDER = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0000000000000000000000000000000000000000000000000000000000000080',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
  '0100000000000000000000000000000000000000000000000000000000000080',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
]

const bytesOf = (hex: string): Bytes => fromHex(hex) ?? utf8('malformed')

/** R is the neutral element and S is zero. Nobody needed a private key for it. */
const FORGED = concat([bytesOf(SMALL_ORDER[2] ?? ''), new Uint8Array(32)])

/** How many of 64 messages the forged signature fits. */
async function forgeriesUnder(raw: Bytes): Promise<number> {
  const key = await crypto.subtle.importKey('raw', raw, 'Ed25519', false, ['verify'])
  const verified = await Promise.all(
    Array.from({ length: 64 }, async (_, i) => crypto.subtle.verify('Ed25519', key, FORGED, utf8(String(i)))),
  )
  return verified.filter(Boolean).length
}

/** Why the registry looks at the point. If this fails, the runtime refuses such keys itself, and `ed25519-point.ts` can go. */
it.each(SMALL_ORDER)(
  'WebCrypto verifies forged signatures under %s, so the registry refuses it',
  async (hex) => {
    expect(await forgeriesUnder(bytesOf(hex))).toBeGreaterThan(0)
    expect(isStrongPoint(bytesOf(hex))).toBe(false)
  },
)
