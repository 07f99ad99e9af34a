import { describe, expect, it } from 'vitest'
import { BodyMemory } from '../../../src/gateway/accept/body-memory.ts'

const MIB = 1_048_576
const KIB = 1_024

describe('the memory of bodies', () => {
  it('bounds one network, and has room for others beside it', () => {
    const memory = new BodyMemory()
    expect(memory.open('192.0.2.0/24').takeMore(22 * MIB)).toBe(true)
    expect(memory.open('192.0.2.0/24').takeFirst(1)).toBe(false)
    expect(memory.open('198.51.100.0/24').takeMore(10 * MIB)).toBe(true)
  })

  it('keeps room for small bodies beside large ones, however many networks they come from', () => {
    const memory = new BodyMemory()
    const large = Array.from({ length: 100 }, (_, i) => memory.open(`192.0.${i}.0/24`).takeMore(MIB))
    expect(large.filter(Boolean)).toHaveLength(32)
    const small = Array.from({ length: 1_000 }, (_, i) => memory.open(`198.51.${i}.0/24`).takeFirst(64 * KIB))
    expect(small.filter(Boolean)).toHaveLength(256)
    expect(memory.heldBytes).toBe(48 * MIB)
  })

  it('bounds clients without an address by the limits of the isolate', () => {
    const memory = new BodyMemory()
    expect([1, 2, 3].map(() => memory.open(undefined).takeMore(16 * MIB))).toEqual([true, true, false])
  })

  it('gets back what is released, once', () => {
    const memory = new BodyMemory()
    const [one, other] = [memory.open('a'), memory.open('a')]
    expect([one.takeFirst(10 * MIB), one.takeMore(2 * MIB), other.takeFirst(4 * MIB)]).toEqual([
      true,
      true,
      true,
    ])
    one.release()
    one.release()
    expect(memory.heldBytes).toBe(4 * MIB)
    expect(memory.open('a').takeFirst(18 * MIB)).toBe(true)
  })

  it('counts nothing that it had no room for', () => {
    const memory = new BodyMemory()
    const share = memory.open('a')
    expect(share.takeFirst(23 * MIB)).toBe(false)
    share.release()
    expect(memory.heldBytes).toBe(0)
  })

  it('is scarce from a sixth of it on', () => {
    const memory = new BodyMemory()
    const share = memory.open('a')
    share.takeFirst(8 * MIB - 1)
    expect(memory.isScarce).toBe(false)
    share.takeFirst(1)
    expect(memory.isScarce).toBe(true)
  })
})
