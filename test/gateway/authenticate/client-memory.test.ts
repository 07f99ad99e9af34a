import { describe, expect, it } from 'vitest'
import { ClientMemory } from '../../../src/gateway/authenticate/client-memory.ts'

describe('networks that were verified', () => {
  it('are those of the source, as a whole', () => {
    const memory = new ClientMemory(() => false)
    memory.noteVerified('shop', '192.0.2.1')
    memory.noteVerified('shop', '2001:db8:1:2::3')
    expect(memory.isVerified('shop', '192.0.2.0/24')).toBe(true)
    expect(memory.isVerified('shop', '2001:db8:1::/48')).toBe(true)
    expect(memory.isVerified('shop', '192.0.3.0/24')).toBe(false)
    expect(memory.isVerified('other', '192.0.2.0/24')).toBe(false)
  })

  it('are none where the edge tells no address', () => {
    const memory = new ClientMemory(() => false)
    memory.noteVerified('shop', null)
    expect(memory.isVerified('shop', 'unknown')).toBe(false)
  })

  it('are forgotten from the one that was used least lately', () => {
    const memory = new ClientMemory(() => false)
    for (let i = 0; i < 64; i++) memory.noteVerified('shop', `10.0.${i}.7`)
    memory.noteVerified('shop', '10.0.0.7')
    memory.noteVerified('shop', '192.0.2.1')
    expect(memory.isVerified('shop', '10.0.0.0/24')).toBe(true)
    expect(memory.isVerified('shop', '10.0.1.0/24')).toBe(false)
    expect(memory.isVerified('shop', '192.0.2.0/24')).toBe(true)
  })
})
