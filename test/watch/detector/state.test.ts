/** The stored form of the detector's memory: what an upgrade or damage does to it. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Detector } from '../../../src/watch/detector/detector.ts'
import { decodeParts, encodeParts } from '../../../src/watch/detector/state.ts'

const parts = () => ({
  one: { state: { count: 3, means: Float32Array.of(1.5, -2), inner: { flags: Uint8Array.of(7, 9) } } },
  two: { state: { last: -0.1 } },
})
const empty = () => ({
  one: { state: { count: 0, means: new Float32Array(2), inner: { flags: new Uint8Array(2) } } },
  two: { state: { last: 0 } },
})

describe('stored parts', () => {
  it('come back as they were', () => {
    const restored = empty()
    expect(decodeParts(encodeParts(parts()), restored)).toEqual(['one', 'two'])
    expect(restored).toEqual(parts())
  })

  it('survive in an array that begins elsewhere in its buffer', () => {
    const bytes = encodeParts(parts())
    const shifted = new Uint8Array(bytes.length + 3).subarray(3)
    shifted.set(bytes)
    const restored = empty()
    decodeParts(shifted, restored)
    expect(restored).toEqual(parts())
  })

  it('survive an upgrade that adds a part', () => {
    const { two } = parts()
    const restored = empty()
    expect(decodeParts(encodeParts({ two }), restored)).toEqual(['two'])
    expect(restored).toEqual({ ...empty(), two })
  })

  it('survive an upgrade that removes a part', () => {
    const { two } = empty()
    expect(decodeParts(encodeParts(parts()), { two })).toEqual(['two'])
    expect(two).toEqual(parts().two)
  })

  it('survive an upgrade that makes another part larger', () => {
    const restored = { ...empty(), one: { state: { count: 0, means: new Float32Array(4) } } }
    expect(decodeParts(encodeParts(parts()), restored)).toEqual(['two'])
    expect(restored).toEqual({ one: { state: { count: 0, means: new Float32Array(4) } }, two: parts().two })
  })

  it.each<[string, (bytes: Uint8Array) => Uint8Array]>([
    ['nothing', () => new Uint8Array()],
    ['a few bytes', (bytes) => bytes.subarray(0, 3)],
    ['a header without fields', (bytes) => bytes.subarray(0, 60)],
    ['one byte less', (bytes) => bytes.subarray(0, -1)],
    ['one byte more', (bytes) => Uint8Array.of(...bytes, 0)],
    ['another version', (bytes) => bytes.map((byte, i) => (byte === 0x31 && i < 20 ? 0x32 : byte))],
    ['no JSON', (bytes) => bytes.map((byte, i) => (i === 4 ? 0 : byte))],
  ])('begin anew if there is %s', (_, damage) => {
    const restored = empty()
    expect(decodeParts(damage(encodeParts(parts())), restored)).toEqual([])
    expect(restored).toEqual(empty())
  })

  it('never throw', () => {
    const bytes = encodeParts(new Detector().parts)
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), fc.uint8Array(), (at, byte, random) => {
        for (const damaged of [bytes.with(at, byte), random]) {
          const detector = new Detector()
          decodeParts(damaged, detector.parts)
          detector.score(0, 1)
        }
      }),
    )
  })
})
