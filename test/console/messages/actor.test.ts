import { describe, expect, it } from 'vitest'
import { actorName, tokenNames, whoWord } from '../../../src/console/messages/actor.ts'

const NAMES = tokenNames([{ id: '75b6', name: 'nightly report' }])

describe('an actor', () => {
  it.each([
    ['admin', 'admin'],
    ['schedule', 'schedule'],
    ['access:ada@example.com', 'ada@example.com'],
    ['token:75b6', 'nightly report (token 75b6)'],
    ['token:0000', 'token 0000'],
  ])('%s is shown as %s', (actor, name) => {
    expect(actorName(actor, NAMES)).toBe(name)
  })

  it('has its role behind the name, unless that is the name', () => {
    expect(whoWord({ actor: 'token:75b6', role: 'viewer' }, NAMES)).toBe(
      'nightly report (token 75b6), viewer',
    )
    expect(whoWord({ actor: 'admin', role: 'admin' }, NAMES)).toBe('admin')
  })
})
