import { describe, expect, it } from 'vitest'
import { fromDer, fromP1363 } from '../../../src/gateway/authenticate/ecdsa-signature.ts'
import { ecdsa } from '../../../src/gateway/authenticate/ecdsa.ts'
import { Attempts } from '../../../src/gateway/authenticate/limits.ts'
import { concat, fromHex, utf8 } from '../../../src/platform/bytes.ts'
import type { EcdsaCredentials } from '../../../src/providers/shared/presented-credentials.ts'
import { ECDSA, bytes32, contextWith, encode, numberOf, pairOf, signWith } from './making.ts'
import { bySignature, describeScheme } from './suite.ts'

const BODY = utf8('{"event":"bounced"}')
const covered = { slots: ['key'], identity: [BODY], coversBody: true } as const

/** The order of P-256. */
const N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

/** DER of r and s, written independently of the parser under test. */
const der = (r: bigint, s: bigint): Uint8Array => sequence(concat([integer(r), integer(s)]))
const sequence = (content: Uint8Array) => concat([Uint8Array.of(0x30, content.byteLength), content])
function integer(value: bigint): Uint8Array {
  const hex = value.toString(16)
  const even = hex.length % 2 === 0 ? hex : `0${hex}`
  const content = fromHex(/^[89a-f]/.test(even) ? `00${even}` : even) ?? utf8('malformed')
  return concat([Uint8Array.of(0x02, content.byteLength), content])
}
const halves = (p1363: Uint8Array): [bigint, bigint] => [
  numberOf(p1363.subarray(0, 32)),
  numberOf(p1363.subarray(32)),
]

for (const format of ['der', 'p1363'] as const) {
  for (const encoding of ['base64', 'hex'] as const) {
    describeScheme<EcdsaCredentials>({
      title: `ECDSA ${format} in ${encoding}`,
      scheme: ecdsa,
      ...bySignature(encoding),
      async valid() {
        const { secret, privateKey } = await pairOf('ecdsa-p256')
        const raw = await signWith(ECDSA, privateKey, BODY)
        const bytes = format === 'der' ? der(...halves(raw)) : raw
        const signatures = [{ text: encode(bytes, encoding), encoding }]
        return { credentials: { scheme: 'ecdsa', format, signatures, signed: [BODY], ...covered }, secret }
      },
    })
  }
}

const R = 0x71c3a1f2d4b5968778695a4b3c2d1e0ff0e1d2c3b4a5968778695a4b3c2d1e0fn
const HIGH = 0xf1c3a1f2d4b5968778695a4b3c2d1e0ff0e1d2c3b4a5968778695a4b3c2d1e0fn
const bytes = (hex: string) => fromHex(hex.replaceAll(' ', '')) ?? utf8('malformed')
const r = bytes32(R)

describe('the DER form of a signature', () => {
  it.each([
    ['two of 32 bytes', R, R],
    ['a leading zero where the first bit is set', HIGH, R],
    ['both with a leading zero', HIGH, HIGH],
    ['short ones', 1n, 0x80n],
    ['the largest', N - 1n, N - 1n],
  ])('is read with %s', (_what, r, s) => {
    expect(fromDer(new Uint8Array(der(r, s)))).toEqual(concat([bytes32(r), bytes32(s)]))
  })

  it.each<[string, Uint8Array]>([
    ['nothing', new Uint8Array(0)],
    ['a sequence only', bytes('30 00')],
    ['one integer', sequence(integer(R))],
    ['three integers', sequence(concat([integer(1n), integer(1n), integer(1n)]))],
    ['a byte behind the sequence', concat([der(R, R), Uint8Array.of(0)])],
    ['a byte behind the integers, counted', sequence(concat([integer(R), integer(R), Uint8Array.of(0)]))],
    ['a length that is too long', bytes('30 07 02 01 01 02 01 01')],
    ['a length that is too short', bytes('30 05 02 01 01 02 01 01')],
    ['a length in long form', bytes('30 81 06 02 01 01 02 01 01')],
    ["an integer's length in long form", bytes('30 07 02 81 01 01 02 01 01')],
    ['an endless sequence', bytes('30 80 02 01 01 02 01 01 00 00')],
    ['an integer without content', bytes('30 05 02 00 02 01 01')],
    ['a leading zero that is not needed', bytes('30 07 02 02 00 01 02 01 01')],
    ['a second leading zero', sequence(concat([bytes('02 22 00 00'), bytes32(HIGH), integer(R)]))],
    ['a negative r', bytes('30 06 02 01 81 02 01 01')],
    ['a negative s', bytes('30 06 02 01 01 02 01 81')],
    ['r of zero', der(0n, R)],
    ['s of zero', der(R, 0n)],
    ['r of n', der(N, R)],
    ['s of n', der(R, N)],
    ['r past n', der(R + N, R)],
    ['r of 33 bytes', sequence(concat([bytes('02 21 01'), r, integer(R)]))],
    ['a set in place of the sequence', bytes('31 06 02 01 01 02 01 01')],
    ['an octet string in place of an integer', bytes('30 06 04 01 01 02 01 01')],
    ['P1363', concat([r, r])],
  ])('is refused with %s', (_what, signature) => {
    expect(fromDer(new Uint8Array(signature))).toBeUndefined()
  })
})

describe('the P1363 form of a signature', () => {
  it.each<[string, Uint8Array, boolean]>([
    ['both in range', concat([r, r]), true],
    ['the largest', concat([bytes32(N - 1n), bytes32(N - 1n)]), true],
    ['one byte too few', concat([r, r.subarray(1)]), false],
    ['one byte more', concat([r, r, Uint8Array.of(0)]), false],
    ['r of zero', concat([bytes32(0n), r]), false],
    ['s of zero', concat([r, bytes32(0n)]), false],
    ['r of n', concat([bytes32(N), r]), false],
    ['s of n', concat([r, bytes32(N)]), false],
    ['all bits set', new Uint8Array(64).fill(0xff), false],
  ])('with %s', (_what, signature, taken) => {
    expect(fromP1363(new Uint8Array(signature)) !== undefined).toBe(taken)
  })
})

describe('ECDSA work', () => {
  it('ends after eight attempts', async () => {
    const ours = await pairOf('ecdsa-p256')
    const others = await Promise.all(Array.from({ length: 7 }, () => pairOf('ecdsa-p256')))
    const raw = await signWith(ECDSA, ours.privateKey, BODY)
    const right = { text: encode(raw, 'hex'), encoding: 'hex' } as const
    const wrong = { text: encode(concat([r, r]), 'hex'), encoding: 'hex' } as const
    const credentials: EcdsaCredentials = {
      scheme: 'ecdsa',
      format: 'p1363',
      signatures: [wrong, right],
      signed: [BODY],
      ...covered,
    }
    const one = () => ({ attempts: new Attempts() })
    const few = contextWith([ours.secret], one())
    const many = contextWith([...others.map(({ secret }) => secret), ours.secret], one())
    expect(await ecdsa.verify(credentials, few)).toMatchObject({ ok: true })
    expect(await ecdsa.verify(credentials, many)).toMatchObject({ refusal: { code: 'signature_mismatch' } })
  })
})
