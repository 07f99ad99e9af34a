import { describe, expect, it } from 'vitest'
import { ClientMemory } from '../../../src/gateway/authenticate/client-memory.ts'

describe('networks that were proven', () => {
  it('are those of the source, as a whole', () => {
    const memory = new ClientMemory(() => false)
    memory.noteProven('shop', '192.0.2.1')
    memory.noteProven('shop', '2001:db8:1:2::3')
    expect(memory.isProven('shop', '192.0.2.0/24')).toBe(true)
    expect(memory.isProven('shop', '2001:db8:1::/48')).toBe(true)
    expect(memory.isProven('shop', '192.0.3.0/24')).toBe(false)
    expect(memory.isProven('other', '192.0.2.0/24')).toBe(false)
  })

  it('are none where the edge tells no address', () => {
    const memory = new ClientMemory(() => false)
    memory.noteProven('shop', null)
    expect(memory.isProven('shop', 'unknown')).toBe(false)
  })

  it('are forgotten from the one that was used least lately', () => {
    const memory = new ClientMemory(() => false)
    for (let i = 0; i < 64; i++) memory.noteProven('shop', `10.0.${i}.7`)
    memory.noteProven('shop', '10.0.0.7')
    memory.noteProven('shop', '192.0.2.1')
    expect(memory.isProven('shop', '10.0.0.0/24')).toBe(true)
    expect(memory.isProven('shop', '10.0.1.0/24')).toBe(false)
    expect(memory.isProven('shop', '192.0.2.0/24')).toBe(true)
  })
})
